//! Counts HTTP/2 frames as they come in (RFC 9113, section 4.1).
//!
//! Some frames cost their sender next to nothing and this side work: a `PING` wants an
//! answer, a `SETTINGS` an acknowledgement, a `RST_STREAM` throws away what was begun. h2
//! bounds the memory they take, resets of requests that nobody has looked at, and empty
//! DATA; how many of the others come is not its concern.

use std::time::Duration;

use tokio::time::Instant;

/// The bytes that begin a connection.
const PREFACE: usize = 24;

/// Length, type, flags and stream of a frame.
const HEAD: usize = 9;

/// Frames that each request may bring along without being counted: clients measure their
/// connection with a PING for each answer.
const PER_REQUEST: f64 = 2.0;

/// What a request costs that is taken back: more than it brought along.
const PER_RESET: f64 = 1.0 + PER_REQUEST;

/// Bytes sent that let the other side send one such frame: clients measure while they read.
const PER_SENT: f64 = 4096.0;

/// How many seconds' worth may come at once.
const BURST: f64 = 10.0;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 1;

/// Too many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many control frames")]
pub struct Flood;

/// Reads along what a client sends.
#[derive(Debug)]
pub struct Meter {
    /// Bytes to come that begin no frame: of the preface, or of a frame's content.
    skip: usize,
    head: [u8; HEAD],
    filled: usize,
    has_begun: bool,
    rate: f64,
    left: f64,
    at: Instant,
}

impl Meter {
    /// Lets so many counted frames a second pass.
    #[must_use]
    pub fn new(rate: u32, now: Instant) -> Self {
        let rate = f64::from(rate);
        Self {
            skip: PREFACE,
            head: [0; HEAD],
            filled: 0,
            has_begun: false,
            rate,
            left: rate * BURST,
            at: now,
        }
    }

    /// Whether the preface and the head of the first frame, which has to be a SETTINGS,
    /// have come.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// This side has sent so many bytes.
    pub fn sent(&mut self, bytes: usize) {
        let credit = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / PER_SENT;
        self.left = (self.left + credit).min(self.rate * BURST);
    }

    /// The client has sent these bytes.
    ///
    /// # Errors
    /// Too many frames were counted.
    pub fn received(&mut self, mut bytes: &[u8], now: Instant) -> Result<(), Flood> {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let taken = (HEAD - self.filled).min(bytes.len());
            let (head, rest) = bytes.split_at(taken);
            if let Some(place) = self.head.get_mut(self.filled..self.filled + taken) {
                place.copy_from_slice(head);
            }
            self.filled += taken;
            bytes = rest;
            if self.filled == HEAD {
                self.filled = 0;
                self.frame(now)?;
            }
        }
        Ok(())
    }

    /// The head of a frame is complete.
    fn frame(&mut self, now: Instant) -> Result<(), Flood> {
        let [a, b, c, kind, flags, ..] = self.head;
        self.skip = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.has_begun = true;
        let is_ack = matches!(kind, SETTINGS | PING) && flags & ACK != 0;
        match kind {
            HEADERS => self.left = (self.left + PER_REQUEST).min(self.rate * BURST),
            // Content, or answers to what this side has sent.
            WINDOW_UPDATE => {}
            _ if is_ack => {}
            0 if self.skip > 0 || flags & 1 != 0 => {}
            RST_STREAM => return self.count(PER_RESET, now),
            _ => return self.count(1.0, now),
        }
        Ok(())
    }

    fn count(&mut self, cost: f64, now: Instant) -> Result<(), Flood> {
        let passed: Duration = now.saturating_duration_since(self.at);
        self.at = now;
        self.left = (self.left + passed.as_secs_f64() * self.rate).min(self.rate * BURST);
        self.left -= cost;
        if self.left < 0.0 { Err(Flood) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: u8 = 0;
    const PRIORITY: u8 = 2;
    const CONTINUATION: u8 = 9;

    fn frame(kind: u8, flags: u8, content: usize) -> Vec<u8> {
        let length = u32::try_from(content).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags, 0, 0, 0, 1]);
        frame.resize(HEAD + content, PING);
        frame
    }

    fn begun(rate: u32) -> (Meter, Instant) {
        let now = Instant::now();
        let mut meter = Meter::new(rate, now);
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        meter.received(preface, now).unwrap();
        assert!(!meter.has_begun());
        meter.received(&frame(SETTINGS, 0, 12), now).unwrap();
        assert!(meter.has_begun());
        (meter, now)
    }

    /// How many of these frames pass at once; many are as good as all.
    fn passed(frame: &[u8]) -> usize {
        let (mut meter, now) = begun(10);
        (0..1000)
            .take_while(|_| meter.received(frame, now).is_ok())
            .count()
    }

    #[test]
    fn frames_that_are_cheap_to_send_and_dear_to_answer_are_counted() {
        // Ten seconds' worth at once; the first SETTINGS is one of them.
        for counted in [
            frame(PING, 0, 8),
            frame(SETTINGS, 0, 0),
            frame(PRIORITY, 0, 5),
            frame(CONTINUATION, 0, 0),
            frame(DATA, 0, 0),
            frame(0x77, 0, 3),
        ] {
            assert_eq!(passed(&counted), 99, "{counted:?}");
        }
    }

    #[test]
    fn content_and_answers_are_not_counted() {
        for free in [
            frame(PING, ACK, 8),
            frame(SETTINGS, ACK, 0),
            frame(WINDOW_UPDATE, 0, 4),
            frame(DATA, 0, 100),
            frame(DATA, 1, 0),
            frame(HEADERS, 4, 20),
        ] {
            assert_eq!(passed(&free), 1000, "{free:?}");
        }
    }

    #[test]
    fn what_requests_bring_along_passes_and_time_and_what_was_sent_give_more() {
        let measured = [frame(HEADERS, 4, 20), frame(PING, 0, 8)].concat();
        assert_eq!(passed(&measured), 1000);
        let ping = frame(PING, 0, 8);
        let after = |pause: Duration, sent: usize| {
            let (mut meter, now) = begun(10);
            for _ in 0..99 {
                meter.received(&ping, now).unwrap();
            }
            meter.sent(sent);
            let mut more = 0;
            while meter.received(&ping, now + pause).is_ok() {
                more += 1;
            }
            more
        };
        assert_eq!(after(Duration::ZERO, 0), 0);
        assert_eq!(after(Duration::from_secs(2), 0), 20);
        assert_eq!(after(Duration::from_secs(3600), 0), 100);
        assert_eq!(after(Duration::ZERO, 4096 * 5), 5);
    }

    #[test]
    fn requests_that_are_taken_back_again_and_again_are_a_flood() {
        let taken_back = [frame(HEADERS, 4, 20), frame(RST_STREAM, 0, 4)].concat();
        assert_eq!(passed(&taken_back), 98);
        assert_eq!(passed(&frame(RST_STREAM, 0, 4)), 33);
    }

    #[test]
    fn frames_are_read_wherever_the_bytes_are_cut() {
        let stream = [
            frame(HEADERS, 4, 300),
            frame(DATA, 0, 70_000),
            frame(PING, 0, 8),
            frame(DATA, 1, 0),
        ]
        .concat();
        for size in [1, 2, 7, 9, 10, 1000, 80_000] {
            let (mut meter, now) = begun(10);
            let before = meter.left;
            for piece in stream.chunks(size) {
                meter.received(piece, now).unwrap();
            }
            // Two for the request, less one PING.
            assert!((meter.left - before - 0.0).abs() < 1.01, "{size}");
            assert_eq!((meter.skip, meter.filled), (0, 0), "{size}");
        }
    }
}
