//! What rings after a commit.

use std::time::Duration;

use domain::{Clock, Email};
use storage::{
    Db, Signal, Tx, doorbell,
    events::{self, EventRow},
    feeds,
    mails::{self, Mail},
    results::{self, ResultGroup},
    trials,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

use crate::{
    bulk::{delivery, event},
    feed_activity::new_feed,
    stores::{on_each_store, open},
};

const ALL: [Signal; 5] = [
    Signal::Outbox,
    Signal::Feeds,
    Signal::Mails,
    Signal::Trials,
    Signal::TrialDone,
];

/// How often each signal rang.
fn rings(db: &Db) -> [u64; 5] {
    ALL.map(|signal| db.signals().rings(signal))
}

/// Writes twice what others wait for.
async fn write(tx: &mut Tx, feed: domain::id::FeedId) {
    let now = Clock::system().now();
    for _ in 0..2 {
        let trial = event(None);
        let row = delivery(trial.id, feed, Some(now));
        let trial = EventRow::routed(trial, Some(now));
        trials::insert(tx, trial, &row).await.unwrap();
        events::insert(tx, vec![EventRow::waiting(event(None))])
            .await
            .unwrap();
        let email = Email::parse("ines@example.org").unwrap();
        mails::insert(tx, &Mail::password_reset(&email, now))
            .await
            .unwrap();
    }
    let mut row = feeds::find(tx, feed).await.unwrap();
    feeds::update(tx, &mut row).await.unwrap();
    feeds::delete(tx, feed).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_rings_each_signal_once_and_a_rollback_none() {
    on_each_store(async |db| {
        let feed = new_feed(&db).await;
        assert_eq!(
            rings(&db),
            [0, 1, 0, 0, 0],
            "outside of a transaction at once"
        );
        let mut tx = db.begin().await.unwrap();
        write(&mut tx, feed).await;
        assert_eq!(rings(&db), [0, 1, 0, 0, 0], "not before the commit");
        drop(tx);
        assert_eq!(rings(&db), [0, 1, 0, 0, 0], "not after a rollback");
        let mut tx = db.begin().await.unwrap();
        write(&mut tx, feed).await;
        tx.commit().await.unwrap();
        assert_eq!(rings(&db), [1, 2, 1, 1, 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_waits_rings() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let waiting = EventRow::waiting(event(Some("9041")));
        let mut conn = db.write().await.unwrap();
        events::insert(&mut conn, vec![EventRow::routed(event(None), Some(now))])
            .await
            .unwrap();
        assert_eq!(
            rings(&db),
            [0; 5],
            "an event that is routed waits for nobody"
        );
        for _ in 0..2 {
            events::insert(&mut conn, vec![waiting.clone()])
                .await
                .unwrap();
            assert_eq!(rings(&db), [1, 0, 0, 0, 0], "a repeat adds nothing");
        }
        drop(conn);

        let routed = ResultGroup {
            new_events: vec![EventRow::routed(event(None), Some(now))],
            ..ResultGroup::default()
        };
        results::record(&db, &routed, now).await.unwrap();
        assert_eq!(rings(&db), [1, 0, 0, 0, 0]);
        let notice = ResultGroup {
            notices: vec![(
                domain::id::DeliveryId::generate(),
                EventRow::waiting(event(None)),
            )],
            ends_trials: true,
            ..ResultGroup::default()
        };
        results::record(&db, &notice, now).await.unwrap();
        assert_eq!(rings(&db), [2, 0, 0, 0, 1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_is_heard_by_other_processes() {
    testing::on_each_store(async |url| {
        let (here, there) = (open(&url), open(&url));
        if here.is_embedded() {
            return; // One process has it to itself.
        }
        here.migrate_up().await.unwrap();
        let carriers = [&here, &there].map(|db| tokio::spawn(doorbell::carry(db.clone())));
        // Whoever begins to listen hears everything once.
        for signal in ALL {
            there.signals().heard(signal).await;
        }
        let email = Email::parse("ines@example.org").unwrap();
        let mail = Mail::password_reset(&email, Clock::system().now());
        mails::insert(&mut here.write().await.unwrap(), &mail)
            .await
            .unwrap();
        tokio::time::timeout(
            Duration::from_secs(20),
            there.signals().heard(Signal::Mails),
        )
        .await
        .expect("the bell is carried");
        assert_eq!(rings(&there), [0; 5], "it was rung elsewhere");
        carriers.iter().for_each(tokio::task::JoinHandle::abort);
    })
    .await;
}

/// A way to PostgreSQL; once told so, the connections that are there stay open and carry nothing.
async fn way_that_falls_silent(url: &str) -> (String, watch::Sender<()>) {
    let mut url = url::Url::parse(url).unwrap();
    let (host, port) = (
        url.host_str().unwrap().to_owned(),
        url.port().unwrap_or(5432),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port()))
        .unwrap();
    let silence = watch::channel(()).0;
    let told = silence.subscribe();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect((host.as_str(), port)).await.unwrap();
            let mut told = told.clone();
            told.mark_unchanged();
            tokio::spawn(async move {
                let carried = async { tokio::io::copy_bidirectional(&mut near, &mut far).await };
                tokio::select! {
                    _ = carried => {}
                    Ok(()) = told.changed() => std::future::pending().await,
                }
                drop((near, far));
            });
        }
    });
    (url.into(), silence)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_listens_notices_a_silent_path() {
    testing::on_each_store(async |url| {
        if open(&url).is_embedded() {
            return;
        }
        let (through, silence) = way_that_falls_silent(&url).await;
        let db = open(&through);
        let carrier = tokio::spawn(doorbell::carry(db.clone()));
        for signal in ALL {
            db.signals().heard(signal).await;
        }
        silence.send_replace(());
        // Whoever listens anew hears everything once.
        let patience = Duration::from_secs(25);
        let heard = tokio::time::timeout(patience, db.signals().heard(Signal::Outbox)).await;
        heard.expect("the silent connection is replaced");
        carrier.abort();
    })
    .await;
}
