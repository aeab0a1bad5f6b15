use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;

use super::*;
use crate::deliver::fixtures::{due, feed, fresh};

/// A lane and what the dispatcher shares with it.
struct Rig {
    lane: Arc<Lane>,
    permits: StartPermits,
    bell: DueBell,
    /// Of the tasks that were started.
    held: Vec<StartPermit>,
}

impl Rig {
    fn new(feed: Arc<CompiledFeed>, permits: usize) -> Self {
        Self {
            lane: Lane::new(feed),
            permits: StartPermits::new(permits),
            bell: DueBell::default(),
            held: Vec::new(),
        }
    }

    fn offer(&mut self, task: DeliveryTask) -> &'static str {
        match self.lane.offer(task, None, &self.permits) {
            LaneOffer::Start(_, permit) => {
                self.held.push(permit);
                "started"
            }
            LaneOffer::Queued => "queued",
            LaneOffer::Refused(_) => "refused",
        }
    }

    fn finished(&self, end: &TaskEnd) -> NextStep {
        self.lane.finished(end, &self.permits, &self.bell)
    }

    fn next(&self) -> &'static str {
        match self.finished(&TaskEnd::NotAttempted) {
            NextStep::Start(_) => "start",
            NextStep::TurnAway(_) => "turn away",
            NextStep::Rest => "rest",
        }
    }

    fn has_rung(&self) -> bool {
        self.bell.rung().now_or_never().is_some()
    }
}

#[test]
fn as_many_start_as_may_and_the_rest_is_queued_and_then_refused() {
    let mut rig = Rig::new(feed(2, None), 10);
    assert_eq!([rig.offer(fresh()), rig.offer(fresh())], ["started"; 2]);
    let mut queued = 0;
    while rig.offer(fresh()) == "queued" {
        queued += 1;
    }
    assert_eq!((queued, rig.held.len()), (256, 2));
    assert_eq!(rig.offer(due()), "queued", "due ones have their own queue");
}

#[test]
fn without_a_permit_an_idle_lane_refuses_and_a_busy_one_queues() {
    let mut rig = Rig::new(feed(2, None), 1);
    assert_eq!(
        [rig.offer(fresh()), rig.offer(fresh())],
        ["started", "queued"]
    );
    let (other, free) = (Lane::new(feed(2, None)), StartPermits::new(0));
    assert!(
        matches!(other.offer(fresh(), None, &free), LaneOffer::Refused(_)),
        "nothing would take it out of the queue"
    );
}

#[test]
fn fresh_and_due_tasks_leave_the_queue_in_turn() {
    let mut rig = Rig::new(feed(1, None), 1);
    rig.offer(fresh());
    for _ in 0..2 {
        assert_eq!([rig.offer(fresh()), rig.offer(due())], ["queued"; 2]);
    }
    let mut order = Vec::new();
    while let NextStep::Start(start) = rig.finished(&TaskEnd::NotAttempted) {
        order.push(matches!(start.task.home, TaskHome::Row { .. }));
    }
    assert_eq!(order, [true, false, true, false]);
    rig.held.clear();
    assert_eq!(rig.offer(fresh()), "started", "the runner is gone");
}

#[test]
fn a_lower_limit_holds_for_what_is_queued_as_well() {
    let wide = feed(3, None);
    let mut rig = Rig::new(wide.clone(), 10);
    for _ in 0..6 {
        rig.offer(fresh());
    }
    assert_eq!(rig.held.len(), 3);
    rig.lane.follow(Arc::new(CompiledFeed {
        id: wide.id,
        ..one_less(2)
    }));
    assert_eq!(
        [rig.next(), rig.next(), rig.next()],
        ["rest", "start", "start"],
        "one runner ends, two go on"
    );
}

fn one_less(max_in_flight: usize) -> CompiledFeed {
    Arc::into_inner(feed(max_in_flight, None)).unwrap()
}

#[test]
fn what_is_queued_in_a_closed_lane_is_turned_away() {
    let mut rig = Rig::new(feed(1, None), 1);
    assert_eq!(
        [rig.offer(fresh()), rig.offer(fresh())],
        ["started", "queued"]
    );
    rig.lane.close();
    assert_eq!(rig.offer(fresh()), "refused");
    assert_eq!([rig.next(), rig.next()], ["turn away", "rest"]);
}

#[test]
fn a_lane_with_more_than_one_gives_up_a_permit_that_is_wanted() {
    let mut rig = Rig::new(feed(2, None), 2);
    for _ in 0..4 {
        rig.offer(fresh());
    }
    assert!(rig.permits.try_take().is_none(), "another lane wants one");
    assert_eq!(rig.next(), "rest");
    assert!(rig.has_rung(), "whoever wants it waits as a row");
    assert_eq!(rig.next(), "start", "the wish was answered");
    assert!(rig.permits.try_take().is_none());
    assert_eq!(rig.next(), "start", "the last runner stays");
}

fn attempted(rig: &Rig) -> TaskEnd {
    TaskEnd::Attempted(EndedAttempt {
        delivery: domain::id::DeliveryId::generate(),
        feed: rig.lane.id,
        at: domain::Instant::UNIX_EPOCH,
        succeeded: true,
        is_last: true,
    })
}

#[test]
fn a_lane_takes_what_it_can_start_and_queues_no_more_than_lately_ended() {
    let mut rig = Rig::new(feed(2, None), 10);
    let free = |start, queue| Capacity::Free { start, queue };
    assert_eq!(rig.lane.capacity_for_due(), free(2, 0));
    assert_eq!([rig.offer(due()), rig.offer(due())], ["started"; 2]);
    assert_eq!(
        rig.lane.capacity_for_due(),
        Capacity::Full { retry_in: None },
        "nothing has ended yet"
    );
    let end = attempted(&rig);
    assert!(matches!(rig.finished(&end), NextStep::Rest) && rig.has_rung());
    assert_eq!(rig.lane.capacity_for_due(), free(1, 1));
    assert_eq!([rig.offer(due()), rig.offer(due())], ["started", "queued"]);
    assert_eq!(rig.lane.note_more_due(), None, "it has its share");
}

#[test]
fn what_is_reserved_is_nobody_else_s_until_it_is_given_back() {
    let mut rig = Rig::new(feed(2, Some(20)), 10);
    let permits = (0..2).filter_map(|_| rig.permits.try_take()).collect();
    let mut reserved = Lane::reserve(&rig.lane, permits, 0);
    assert_eq!(reserved.left(), 2);
    assert_eq!(rig.offer(fresh()), "refused", "its tokens are reserved");
    let permit = reserved.next();
    assert!(permit.is_some());
    let offer = rig.lane.offer(due(), permit, &rig.permits);
    assert!(matches!(offer, LaneOffer::Start(..)));
    drop(reserved);
    assert_eq!(rig.offer(fresh()), "started", "the other one is free again");
}

#[test]
fn a_rate_bounds_what_is_taken_and_says_when_to_ask_again() {
    let rig = Rig::new(feed(10, Some(1)), 10);
    let permits = (0..3).filter_map(|_| rig.permits.try_take()).collect();
    let mut reserved = Lane::reserve(&rig.lane, permits, 0);
    assert_eq!(reserved.left(), 1);
    let permit = reserved.next();
    assert!(matches!(
        rig.lane.offer(due(), permit, &rig.permits),
        LaneOffer::Start(..)
    ));
    let Capacity::Full {
        retry_in: Some(wait),
    } = rig.lane.capacity_for_due()
    else {
        panic!("the next token takes a second");
    };
    let again = rig.lane.note_more_due().unwrap();
    assert!(again <= wait && again > Duration::from_millis(500));
    assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(500));
}

#[test]
fn a_task_that_expired_in_the_queue_shortens_it() {
    let mut rig = Rig::new(feed(1, None), 1);
    rig.offer(fresh());
    rig.finished(&TaskEnd::Expired);
    rig.held.clear();
    assert_eq!(rig.offer(fresh()), "started");
    let mut queued = 0;
    while rig.offer(fresh()) == "queued" {
        queued += 1;
    }
    assert_eq!(queued, 128);
}
