//! Garmin Connect on a loopback address: the sign-in, the tokens, the list and the pieces of one imaginary athlete, and
//! every way in which the real one fails (`garmin.md` §6 and §12.2). Its clock is given to it, and what has not ended by
//! that clock is not there yet.

mod door;
mod fault;
mod sign_in;
mod tell;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::Clock;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Tokens;
use crate::registry::Settings;
use crate::simulator::{Account, World};

pub use fault::Mode;
pub use tell::Age;

use self::sign_in::Keys;

/// The athlete's e-mail address.
pub const EMAIL: &str = "athlete@example.invalid";
/// The athlete's password.
pub const PASSWORD: &str = "correct horse";
/// The code that the athlete is sent where a second factor is on.
pub const CODE: &str = "123456";
/// The athlete's id at Garmin.
pub const OWNER: &str = "4400001";

/// A kind of call, for counting and for faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// The page of the sign-in.
    Page,
    /// E-mail and password.
    SignIn,
    /// The code of a second factor.
    Code,
    /// A ticket for tokens, of either kind.
    Ticket,
    /// A refresh token for fresh tokens.
    Refresh,
    /// Whose the tokens are.
    Profile,
    /// The list.
    List,
    /// A detail.
    Detail,
    /// Laps.
    Splits,
    /// Time in zones.
    Zones,
    /// The original.
    File,
    /// Anything else.
    Other,
}

/// A running simulator; it ends when it is dropped.
pub struct GarminSimulator {
    address: SocketAddr,
    shared: Shared,
    _end: oneshot::Sender<()>,
}

type Shared = Arc<(Mutex<State>, Arc<dyn Clock>)>;

struct State {
    accounts: BTreeMap<String, Account>,
    keys: Keys,
    mode: Mode,
    faults: VecDeque<(Call, Mode)>,
    calls: BTreeMap<Call, u64>,
    age: Age,
    needs_code: bool,
    page_first: bool,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl GarminSimulator {
    /// Starts one on a free port of the loopback address.
    ///
    /// # Errors
    /// What the system says where it cannot listen.
    pub async fn start(world: &World, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let accounts = world.activities.iter().flat_map(|physical| physical.garmin.iter());
        let state = State {
            accounts: accounts.map(|account| (account.external_id.clone(), account.clone())).collect(),
            keys: Keys::default(),
            mode: Mode::Normal,
            faults: VecDeque::new(),
            calls: BTreeMap::new(),
            age: Age::New,
            needs_code: false,
            page_first: true,
        };
        let shared: Shared = Arc::new((Mutex::new(state), clock));
        let (end, ended) = oneshot::channel::<()>();
        let app = axum::Router::new().fallback(door::answer).with_state(Arc::clone(&shared));
        let serving = axum::serve(listener, app).with_graceful_shutdown(async {
            // Dropping the other half is the sign.
            drop(ended.await);
        });
        tokio::spawn(async move { serving.await });
        Ok(Self { address, shared, _end: end })
    }

    /// Its origin, e.g. `http://127.0.0.1:40123`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the configuration says of it.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        for key in ["api_base", "sso_base", "token_base"] {
            settings.values.insert(key.to_owned(), self.base());
        }
        settings.values.insert("acknowledge_unofficial".to_owned(), "true".to_owned());
        settings
    }

    /// Fresh tokens, as `garmin_tokens.json` keeps them.
    pub fn token_document(&self) -> String {
        let now = self.shared.1.now();
        self.state().keys.document(now)
    }

    /// Fresh tokens, adopted. `None` never, unless adopting is broken.
    pub fn tokens(&self) -> Option<Tokens> {
        super::tokens::adopt(self.token_document().as_bytes(), self.shared.1.now()).ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.0)
    }

    /// How it behaves from now on.
    pub fn mode(&self, mode: Mode) {
        self.state().mode = mode;
    }

    /// How it answers the next call of that kind, once; several stand in line.
    pub fn next(&self, call: Call, mode: Mode) {
        self.state().faults.push_back((call, mode));
    }

    /// In the manner of which years it answers.
    pub fn age(&self, age: Age) {
        self.state().age = age;
    }

    /// Whether a sign-in needs a code.
    pub fn second_factor(&self, on: bool) {
        self.state().needs_code = on;
    }

    /// Whether a sign-in must begin with the page, as the real one wants it; older clients skip it.
    pub fn page_first(&self, on: bool) {
        self.state().page_first = on;
    }

    /// Lets every access token end, as Garmin does when a password changes. Refresh tokens go on where `refresh`.
    pub fn end_tokens(&self, refresh: bool) {
        self.state().keys.end(refresh);
    }

    /// How many calls of that kind were made.
    pub fn calls(&self, call: Call) -> u64 {
        self.state().calls.get(&call).copied().unwrap_or_default()
    }

    /// How many calls were made in all.
    pub fn all_calls(&self) -> u64 {
        self.state().calls.values().sum()
    }

    /// How often somebody tried to sign in: with a password, a code or a ticket.
    pub fn sign_ins(&self) -> u64 {
        [Call::SignIn, Call::Code, Call::Ticket].into_iter().map(|call| self.calls(call)).sum()
    }

    /// Adds an activity, or replaces the one of its id.
    pub fn add(&self, account: Account) {
        self.state().accounts.insert(account.external_id.clone(), account);
    }

    /// Changes an activity; whether there is one.
    pub fn edit(&self, id: &str, change: impl FnOnce(&mut Account)) -> bool {
        self.state().accounts.get_mut(id).map(change).is_some()
    }

    /// Deletes an activity; whether there was one.
    pub fn delete(&self, id: &str) -> bool {
        self.state().accounts.remove(id).is_some()
    }

    /// The activities that are there, newest first; the legs of multisport activities are, too.
    pub fn activities(&self) -> Vec<Account> {
        let now = self.shared.1.now();
        let mut there: Vec<Account> = self.state().there(now).cloned().collect();
        there.sort_by(tell::newest_first);
        there
    }
}

impl State {
    fn there(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Account> {
        self.accounts.values().filter(move |account| account.end() <= now)
    }
}
