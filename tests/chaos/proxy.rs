//! A TCP proxy on loopback that does what networks do at their worst.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::AbortHandle,
    time::sleep,
};

use super::ports;

pub mod database;

/// What happens to bytes and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Pass,
    /// Everything takes this much longer, in both directions.
    Delay(Duration),
    /// What the client sends arrives this much later, even if the client has gone.
    Late(Duration),
    /// The connection is closed once so many bytes have gone to the server.
    CutUp(usize),
    /// The connection is closed once so many bytes have gone to the client.
    CutDown(usize),
    /// Connections are reset.
    Reset,
    /// What the client sends arrives, and the connection is reset instead of an answer.
    ResetAnswer,
    /// Connections are accepted, and then nothing moves.
    HalfOpen,
    /// Answers come a few bytes at a time.
    Drip,
    /// Answers are replaced by bytes that mean nothing.
    Garbage,
    /// Connections are closed as soon as they are there.
    Close,
    /// Nobody listens.
    Refuse,
    /// A commit reaches the database, and the connection is reset instead of an answer.
    LoseCommits,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Delay(_) => "delay",
            Self::Late(_) => "late",
            Self::CutUp(_) => "cut up",
            Self::CutDown(_) => "cut down",
            Self::Reset => "reset",
            Self::ResetAnswer => "reset answer",
            Self::HalfOpen => "half-open",
            Self::Drip => "drip",
            Self::Garbage => "garbage",
            Self::Close => "close",
            Self::Refuse => "refuse",
            Self::LoseCommits => "lose commits",
        }
    }

    /// Whether connections that are there end as well, even if nothing moves on them.
    fn ends_idle(self) -> bool {
        matches!(self, Self::Reset | Self::Close | Self::Refuse)
    }
}

/// Whom a proxy passes on to.
#[derive(Clone, Debug)]
pub enum Server {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl From<SocketAddr> for Server {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// How often which mode has struck a connection.
pub type Strikes = BTreeMap<&'static str, u64>;

/// A running proxy; ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    strikes: Arc<Mutex<Strikes>>,
    task: AbortHandle,
}

impl Proxy {
    /// Listens and passes on to `server`.
    pub async fn start(server: impl Into<Server>) -> Self {
        let address = ports::free();
        let listener = TcpListener::bind(address).await.expect("a free port");
        let (mode, watched) = watch::channel(Mode::Pass);
        let strikes = Arc::default();
        let line = Line {
            server: server.into(),
            mode: watched,
            strikes: Arc::clone(&strikes),
            commits: Arc::default(),
        };
        let task = tokio::spawn(line.listen(listener, address)).abort_handle();
        Self {
            address,
            mode,
            strikes,
            task,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    pub fn strikes(&self) -> Strikes {
        self.strikes.lock().expect("no panic inside").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Close,
    Reset,
}

impl End {
    fn of(mode: Mode) -> Self {
        match mode {
            Mode::Reset | Mode::ResetAnswer | Mode::HalfOpen | Mode::LoseCommits => Self::Reset,
            _ => Self::Close,
        }
    }
}

#[derive(Clone, Debug)]
struct Line {
    server: Server,
    mode: watch::Receiver<Mode>,
    strikes: Arc<Mutex<Strikes>>,
    /// Of one connection: whether a commit has been passed on that is to be lost.
    commits: Arc<AtomicBool>,
}

impl Line {
    fn mode(&self) -> Mode {
        *self.mode.borrow()
    }

    fn struck(&self, mode: Mode) {
        let mut strikes = self.strikes.lock().expect("no panic inside");
        *strikes.entry(mode.name()).or_default() += 1;
    }

    /// Waits for a mode; for ever once nobody can set one.
    async fn until(&mut self, wanted: impl FnMut(&Mode) -> bool) {
        if self.mode.wait_for(wanted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn listen(mut self, listener: TcpListener, address: SocketAddr) {
        let mut listener = Some(listener);
        loop {
            if self.mode() == Mode::Refuse {
                listener = None;
                self.struck(Mode::Refuse);
                self.until(|mode| *mode != Mode::Refuse).await;
            }
            let Some(open) = &listener else {
                match TcpListener::bind(address).await {
                    Ok(bound) => listener = Some(bound),
                    Err(_) => sleep(Duration::from_millis(10)).await,
                }
                continue;
            };
            let mut modes = self.clone();
            tokio::select! {
                accepted = open.accept() => if let Ok((client, _)) = accepted {
                    tokio::spawn(self.clone().serve(client));
                },
                () = modes.until(|mode| *mode == Mode::Refuse) => {}
            }
        }
    }

    async fn serve(mut self, client: TcpStream) {
        let mode = self.mode();
        if !matches!(mode, Mode::Pass | Mode::LoseCommits) {
            self.struck(mode);
        }
        match mode {
            Mode::Close | Mode::Refuse => return,
            Mode::Reset => return reset(&client),
            Mode::HalfOpen => {
                self.until(|mode| *mode != Mode::HalfOpen).await;
                return reset(&client);
            }
            _ => {}
        }
        let _ = client.set_nodelay(true);
        self.commits = Arc::default();
        match &self.server {
            Server::Tcp(address) => match TcpStream::connect(address).await {
                Ok(server) => {
                    let _ = server.set_nodelay(true);
                    self.pass(client, server).await;
                }
                Err(_) => reset(&client),
            },
            Server::Unix(path) => match UnixStream::connect(path).await {
                Ok(server) => self.pass(client, server).await,
                Err(_) => reset(&client),
            },
        }
    }

    async fn pass(self, mut client: TcpStream, server: impl AsyncRead + AsyncWrite) {
        let end = {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = io::split(server);
            let both = async {
                let up = self.clone().pump(Way::Up, from_client, to_server);
                let down = self.clone().pump(Way::Down, from_server, to_client);
                tokio::try_join!(up, down).err().unwrap_or(End::Close)
            };
            let mut modes = self.clone();
            let ended = modes.until(|mode| mode.ends_idle());
            tokio::select! {
                end = both => end,
                () = ended => End::of(self.mode()),
            }
        };
        if end == End::Reset {
            reset(&client);
        }
    }

    /// Passes bytes on until one side has nothing more to say, or the connection has to end.
    async fn pump(
        mut self,
        way: Way,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> Result<(), End> {
        let mut buffer = vec![0; 16 * 1024];
        let mut passed = 0;
        loop {
            let Ok(count @ 1..) = from.read(&mut buffer).await else {
                let _ = to.shutdown().await;
                return Ok(());
            };
            // If it cannot be written, the reader has gone.
            self.carry(way, &buffer[..count], &mut passed, &mut to)
                .await
                .unwrap_or(Err(End::Close))?;
        }
    }

    /// Carries bytes over in the present mode; tells how the connection ends if it
    /// has to.
    async fn carry(
        &mut self,
        way: Way,
        bytes: &[u8],
        passed: &mut usize,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<Result<(), End>> {
        let before = *passed;
        *passed += bytes.len();
        match (self.mode(), way) {
            (Mode::Delay(span), _) | (Mode::Late(span), Way::Up) => {
                sleep(span).await;
                to.write_all(bytes).await?;
            }
            (Mode::CutUp(limit), Way::Up) | (Mode::CutDown(limit), Way::Down)
                if *passed > limit =>
            {
                let rest = limit.saturating_sub(before).min(bytes.len());
                to.write_all(&bytes[..rest]).await?;
                return Ok(Err(End::Close));
            }
            (Mode::Drip, Way::Down) => {
                for few in bytes.chunks(7) {
                    to.write_all(few).await?;
                    sleep(Duration::from_millis(20)).await;
                    if self.mode() != Mode::Drip {
                        return Ok(Err(End::Close));
                    }
                }
            }
            (Mode::Garbage, Way::Down) => {
                to.write_all(b"\x00\xff\x17 nothing that is asked for \r\n\r\n\xfe")
                    .await?;
                return Ok(Err(End::Close));
            }
            (Mode::HalfOpen, _) => {
                self.struck(Mode::HalfOpen);
                self.until(|mode| *mode != Mode::HalfOpen).await;
                return Ok(Err(End::Reset));
            }
            (Mode::LoseCommits, Way::Up) => {
                if bytes.windows(7).any(|part| part == b"COMMIT\0") {
                    self.commits.store(true, Ordering::SeqCst);
                }
                to.write_all(bytes).await?;
            }
            (Mode::LoseCommits, Way::Down) if self.commits.load(Ordering::SeqCst) => {
                self.struck(Mode::LoseCommits);
                return Ok(Err(End::Reset));
            }
            (Mode::Reset, _) | (Mode::ResetAnswer, Way::Down) => return Ok(Err(End::Reset)),
            (Mode::Close | Mode::Refuse, _) => return Ok(Err(End::Close)),
            _ => to.write_all(bytes).await?,
        }
        Ok(Ok(()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Lets the connection end with a reset when it is dropped.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}
