//! A stream whose frames are counted as they come in.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::Instant,
};

use super::frames::Meter;

/// What is known of a stream while something else reads it.
#[derive(Clone)]
pub(super) struct Vitals(Arc<Inner>);

struct Inner {
    meter: Mutex<Meter>,
    flooded: Notify,
}

impl Vitals {
    pub(super) fn new(meter: Meter) -> Self {
        Self(Arc::new(Inner {
            meter: Mutex::new(meter),
            flooded: Notify::new(),
        }))
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.0.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the peer has said its first bytes.
    pub(super) fn has_begun(&self) -> bool {
        self.meter().has_begun()
    }

    /// Waits for too many frames.
    pub(super) async fn flooded(&self) {
        self.0.flooded.notified().await;
    }
}

/// A stream and its vitals; without them it is only passed through.
pub(super) struct Watched<S> {
    stream: S,
    vitals: Option<Vitals>,
    is_flooded: bool,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, vitals: Option<Vitals>) -> Self {
        Self {
            stream,
            vitals,
            is_flooded: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_flooded {
            // Nothing more is read: whoever waits for the flood ends the connection.
            return Poll::Pending;
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let this = &mut *self;
        if let (Poll::Ready(Ok(())), Some(vitals)) = (&read, &this.vitals) {
            let bytes = buf.filled().get(before..).unwrap_or_default();
            let counted = vitals.meter().received(bytes, Instant::now());
            if counted.is_err() {
                this.is_flooded = true;
                vitals.0.flooded.notify_one();
                buf.set_filled(before);
                return Poll::Pending;
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn sent(&self, written: &Poll<io::Result<usize>>) {
        if let (Poll::Ready(Ok(bytes)), Some(vitals)) = (written, &self.vitals) {
            vitals.meter().sent(*bytes);
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.sent(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.sent(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
