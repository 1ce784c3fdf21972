//! Where the applier's events come from: the relay log itself, or the workers that read and prepare ahead.
//!
//! With workers, a coordinator thread reads the relay log and cuts it into batches: whole transactions as long as
//! they are small, pieces of one that is not. Workers take batches in their order and prepare them (`prepare`); the
//! applier takes them in the same order and is the only one that changes anything. When the next batch has not been
//! taken by any worker, the applier does not wait for one: it takes the batch as it is.
//!
//! So everything that decides what happens (positions, UNTIL, delay, filters, errors, STOP) stays in the applier, at
//! the event where it would happen without workers, and nothing behind the applier's event has had any effect.

use super::Applier;
use super::prepare::{Prepared, Preparer, Ready};
use super::tables::TableMaps;
use crate::parallel::Parallel;
use crate::state::StopFlag;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use understudy_binlog::context::EventContext;
use understudy_binlog::event_type::EventType;
use understudy_binlog::header::EventHeader;
use understudy_event_log::{
    EventLogError, ReadOutcome, RelayEvent, RelayEventKind, RelayLog, RelayReader,
};
use understudy_storage::Catalog;

/// A batch is handed over when it has this many bytes at the end of a transaction...
const BATCH_BYTES: usize = 64 << 10;
/// ...or this many inside one...
const PIECE_BYTES: usize = 1 << 20;
/// ...or this many events.
const BATCH_EVENTS: usize = 1024;
/// Batches read ahead for each worker, and at most: a bound on what they grow to when they are prepared.
const BATCHES_EACH: usize = 4;
const MOST_BATCHES: usize = 64;
/// How long the coordinator waits for more before it looks whether it is to end.
const IDLE_WAIT: Duration = Duration::from_secs(1);

/// What the applier gets.
pub(super) enum Fed {
    /// The next event.
    Event(Box<Prepared>),
    /// All is read and applied.
    TimedOut,
    /// The stop flag was set.
    Stopped,
}

/// Where the applier's events come from.
pub(super) enum Feed {
    /// The applier reads the relay log itself.
    Alone(Box<RelayReader>),
    /// Others read and prepare.
    Crew(Crew),
}

impl Feed {
    /// Begins at the reader's place. `context`: as the relay log says there.
    pub fn start(applier: &Applier, reader: RelayReader, context: EventContext) -> Feed {
        let parallel = applier.parallel;
        if parallel.workers == 0 {
            return Feed::Alone(Box::new(reader));
        }
        match Crew::start(applier, parallel, reader, context) {
            Ok(crew) => Feed::Crew(crew),
            // No threads left: the applier does it alone, which changes nothing but its speed.
            Err(reader) => Feed::Alone(reader),
        }
    }

    /// The next event; waits for one for `timeout`.
    pub fn next(&mut self, timeout: Duration, stop: &StopFlag) -> Result<Fed, EventLogError> {
        match self {
            Feed::Alone(reader) => Ok(match reader.next(Some(timeout), stop.flag())? {
                ReadOutcome::Event(event) => Fed::Event(Box::new(Prepared {
                    event,
                    ready: Ready::default(),
                })),
                ReadOutcome::TimedOut => Fed::TimedOut,
                ReadOutcome::Stopped => Fed::Stopped,
            }),
            Feed::Crew(crew) => crew.next(timeout, stop),
        }
    }

    /// The worker that had the last event, from 1 on.
    pub fn worker(&self) -> Option<usize> {
        match self {
            Feed::Alone(_) => None,
            Feed::Crew(crew) => Some(crew.worker),
        }
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        match self {
            Feed::Alone(_) => 0,
            // One of the threads is the coordinator.
            Feed::Crew(crew) => crew.threads.len().saturating_sub(1),
        }
    }

    /// The definitions in force at the applier's place: what is prepared from now on goes by them.
    pub fn definitions(&mut self, catalog: &Arc<Catalog>) {
        if let Feed::Crew(crew) = self
            && !Arc::ptr_eq(&crew.catalog, catalog)
        {
            crew.catalog = catalog.clone();
            *locked(&crew.shared.catalog) = catalog.clone();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking holder leaves are whole values: the queue is changed by single assignments.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Events that are prepared together.
struct Batch {
    events: Vec<Prepared>,
    bytes: usize,
    /// Table maps of the statement that the batch begins inside of.
    maps: Vec<Bytes>,
    /// Unless it is known that the applier cannot read it.
    context: Option<EventContext>,
    /// Who prepared it, from 1 on.
    worker: usize,
}

impl Batch {
    fn new(context: Option<EventContext>) -> Batch {
        Batch {
            events: Vec::new(),
            bytes: 0,
            maps: Vec::new(),
            context,
            worker: 1,
        }
    }
}

/// A batch on its way.
enum Slot {
    /// No worker has it yet.
    Waiting(Batch),
    /// A worker has it.
    AtWork,
    /// It is prepared.
    Done(Batch),
}

#[derive(Default)]
struct Queue {
    slots: VecDeque<Slot>,
    /// Number of the first slot.
    first: u64,
    /// Bytes in all slots.
    bytes: usize,
    /// The coordinator has handed over all that the relay log has.
    caught_up: bool,
    /// The relay log cannot be read behind the last slot.
    failed: Option<EventLogError>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// A batch waits for a worker.
    work: Condvar,
    /// The first batch is prepared, or there is none.
    done: Condvar,
    /// The applier took a batch.
    room: Condvar,
    closing: AtomicBool,
    catalog: Mutex<Arc<Catalog>>,
    most_batches: usize,
    most_bytes: usize,
}

impl Shared {
    fn closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn wake_all(&self) {
        // Under the lock, so that nobody is between looking and waiting.
        let _queue = locked(&self.queue);
        self.work.notify_all();
        self.done.notify_all();
        self.room.notify_all();
    }
}

/// The coordinator and the workers. Dropping it ends them.
pub(super) struct Crew {
    shared: Arc<Shared>,
    relay: RelayLog,
    threads: Vec<JoinHandle<()>>,
    /// The batch that the applier is at.
    current: std::vec::IntoIter<Prepared>,
    worker: usize,
    stop: Arc<StopFlag>,
    /// As the workers know it.
    catalog: Arc<Catalog>,
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop.on_stop(None);
        self.relay.stop_waiting(&self.shared.closing);
        self.shared.wake_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the applier panicked");
            }
        }
    }
}

impl Crew {
    fn start(
        applier: &Applier,
        parallel: Parallel,
        reader: RelayReader,
        context: EventContext,
    ) -> Result<Crew, Box<RelayReader>> {
        let catalog = applier.store.snapshot().catalog().clone();
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            room: Condvar::new(),
            closing: AtomicBool::new(false),
            catalog: Mutex::new(catalog.clone()),
            most_batches: (parallel.workers * BATCHES_EACH).min(MOST_BATCHES),
            most_bytes: usize::try_from(parallel.pending_bytes).unwrap_or(usize::MAX),
        });
        let waker = shared.clone();
        applier
            .stop
            .on_stop(Some(Box::new(move || waker.wake_all())));
        let mut crew = Crew {
            shared: shared.clone(),
            relay: applier.relay.clone(),
            threads: Vec::new(),
            current: Vec::new().into_iter(),
            worker: 1,
            stop: applier.stop.clone(),
            catalog,
        };
        for number in 1..=parallel.workers {
            let shared = shared.clone();
            let preparer = Preparer {
                filters: applier.filters.clone(),
                tables: TableMaps::default(),
            };
            let thread = std::thread::Builder::new().name(format!("worker {number}"));
            match thread.spawn(move || work(&shared, preparer, number)) {
                Ok(handle) => crew.threads.push(handle),
                Err(error) => {
                    tracing::warn!("worker {number} of the applier does not start: {error}");
                    break;
                }
            }
        }
        if crew.threads.is_empty() {
            return Err(Box::new(reader));
        }
        // Given back when the thread does not start.
        let given = Arc::new(Mutex::new(Some(reader)));
        let taken = given.clone();
        let thread = std::thread::Builder::new().name("coordinator".to_owned());
        let spawned = thread.spawn(move || {
            if let Some(reader) = locked(&taken).take() {
                Coordinator::new(shared, reader, context).run();
            }
        });
        match spawned {
            Ok(handle) => {
                crew.threads.push(handle);
                Ok(crew)
            }
            Err(error) => {
                tracing::warn!("the applier's coordinator does not start: {error}");
                match locked(&given).take() {
                    Some(reader) => Err(Box::new(reader)),
                    None => Ok(crew),
                }
            }
        }
    }

    fn next(&mut self, timeout: Duration, stop: &StopFlag) -> Result<Fed, EventLogError> {
        if stop.is_stopped() {
            return Ok(Fed::Stopped);
        }
        if let Some(prepared) = self.current.next() {
            return Ok(Fed::Event(Box::new(prepared)));
        }
        let deadline = Instant::now() + timeout;
        let mut queue = locked(&self.shared.queue);
        loop {
            if stop.is_stopped() {
                return Ok(Fed::Stopped);
            }
            match queue.slots.front() {
                Some(Slot::Done(_) | Slot::Waiting(_)) => break,
                Some(Slot::AtWork) => {
                    queue = self.wait(queue, IDLE_WAIT);
                    continue;
                }
                None => {}
            }
            if let Some(error) = queue.failed.take() {
                return Err(error);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if queue.caught_up && left.is_zero() {
                return Ok(Fed::TimedOut);
            }
            let wait = if queue.caught_up { left } else { IDLE_WAIT };
            queue = self.wait(queue, wait);
        }
        queue.first += 1;
        let Some(Slot::Done(batch) | Slot::Waiting(batch)) = queue.slots.pop_front() else {
            return Ok(Fed::TimedOut);
        };
        queue.bytes = queue.bytes.saturating_sub(batch.bytes);
        drop(queue);
        self.shared.room.notify_one();
        self.worker = batch.worker;
        self.current = batch.events.into_iter();
        match self.current.next() {
            Some(prepared) => Ok(Fed::Event(Box::new(prepared))),
            None => Ok(Fed::TimedOut),
        }
    }

    fn wait<'q>(&self, queue: MutexGuard<'q, Queue>, wait: Duration) -> MutexGuard<'q, Queue> {
        let waited = self.shared.done.wait_timeout(queue, wait);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A worker's life.
fn work(shared: &Shared, mut preparer: Preparer, number: usize) {
    loop {
        let (at, mut batch) = {
            let mut queue = locked(&shared.queue);
            loop {
                if shared.closing() {
                    return;
                }
                let waiting = |slot: &Slot| matches!(slot, Slot::Waiting(_));
                let found = queue.slots.iter().position(waiting);
                if let Some(index) = found
                    && let Some(slot) = queue.slots.get_mut(index)
                    && let Slot::Waiting(batch) = std::mem::replace(slot, Slot::AtWork)
                {
                    break (queue.first + index as u64, batch);
                }
                queue = shared
                    .work
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        };
        let catalog = locked(&shared.catalog).clone();
        if let Some(context) = &batch.context {
            preparer.prepare(&mut batch.events, &batch.maps, context, &catalog);
        }
        batch.worker = number;
        let mut queue = locked(&shared.queue);
        let index = at
            .checked_sub(queue.first)
            .and_then(|i| usize::try_from(i).ok());
        let first = index == Some(0);
        if let Some(slot) = index.and_then(|index| queue.slots.get_mut(index)) {
            *slot = Slot::Done(batch);
        }
        drop(queue);
        if first {
            shared.done.notify_one();
        }
    }
}

/// Reads the relay log into batches.
struct Coordinator {
    shared: Arc<Shared>,
    reader: RelayReader,
    batch: Batch,
    /// Table maps since the last rows.
    maps: Vec<Bytes>,
    /// A row event was the last that counts here.
    rows: bool,
}

impl Coordinator {
    fn new(shared: Arc<Shared>, reader: RelayReader, context: EventContext) -> Coordinator {
        Coordinator {
            shared,
            reader,
            batch: Batch::new(Some(context)),
            maps: Vec::new(),
            rows: false,
        }
    }

    fn run(mut self) {
        while !self.shared.closing() {
            // Only a wait for more hands over what is not a full batch.
            let wait = match self.batch.events.is_empty() {
                true => IDLE_WAIT,
                false => Duration::ZERO,
            };
            let outcome = self.reader.next(Some(wait), &self.shared.closing);
            match outcome {
                Ok(ReadOutcome::Event(event)) => self.take(event),
                Ok(ReadOutcome::TimedOut) => {
                    self.hand_over();
                    let mut queue = locked(&self.shared.queue);
                    queue.caught_up = true;
                    drop(queue);
                    self.shared.done.notify_one();
                }
                Ok(ReadOutcome::Stopped) => return,
                Err(error) => {
                    self.hand_over();
                    let mut queue = locked(&self.shared.queue);
                    queue.failed = Some(error);
                    drop(queue);
                    self.shared.done.notify_one();
                    return;
                }
            }
        }
    }

    fn take(&mut self, event: RelayEvent) {
        if event.kind == RelayEventKind::Format {
            // It stands alone: what follows is read as it says.
            self.hand_over();
            let context = super::read_format(&event.bytes).ok();
            self.push(event);
            self.hand_over();
            self.batch.context = context.map(|(context, _)| context);
            return;
        }
        self.note_maps(&event);
        let ends = event.ends_group;
        self.push(event);
        let bytes = self.batch.bytes;
        let full = bytes >= BATCH_BYTES || self.batch.events.len() >= BATCH_EVENTS;
        if (ends && full) || bytes >= PIECE_BYTES {
            self.hand_over();
            if !ends {
                self.batch.maps.clone_from(&self.maps);
            }
        }
    }

    /// Keeps the table maps of the statement at hand: a piece of a large transaction begins with them.
    fn note_maps(&mut self, event: &RelayEvent) {
        let Ok(header) = EventHeader::decode(&event.bytes) else {
            return;
        };
        match header.event_type {
            EventType::TABLE_MAP => {
                if std::mem::take(&mut self.rows) {
                    self.maps.clear();
                }
                self.maps.push(event.bytes.clone());
            }
            EventType::XID | EventType::QUERY => self.maps.clear(),
            _ => self.rows = true,
        }
    }

    fn push(&mut self, event: RelayEvent) {
        self.batch.bytes += event.bytes.len();
        let ready = Ready::default();
        self.batch.events.push(Prepared { event, ready });
    }

    /// Hands the batch to the workers; waits while too much is ahead of the applier.
    fn hand_over(&mut self) {
        if self.batch.events.is_empty() {
            return;
        }
        let next = Batch::new(self.batch.context.clone());
        let batch = std::mem::replace(&mut self.batch, next);
        let mut queue = locked(&self.shared.queue);
        while !queue.slots.is_empty()
            && (queue.slots.len() >= self.shared.most_batches
                || queue.bytes + batch.bytes > self.shared.most_bytes)
            && !self.shared.closing()
        {
            queue = self
                .shared
                .room
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
        queue.caught_up = false;
        queue.bytes += batch.bytes;
        queue.slots.push_back(Slot::Waiting(batch));
        drop(queue);
        self.shared.work.notify_one();
        self.shared.done.notify_one();
    }
}
