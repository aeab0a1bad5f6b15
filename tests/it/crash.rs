//! Nothing that was accepted is lost, whatever is killed.

mod api;
mod graceful;
mod worker;

use std::collections::HashMap;

use hookyard_tests::{Received, fixtures};
use serde_json::{Value, json};

/// Events of numbered orders, each with an id of its producer.
fn orders(numbers: std::ops::Range<u64>) -> Vec<Value> {
    let order = |n| json!({ "type": "order.paid", "source": "shop", "id": format!("order-{n}"), "data": fixtures::order(n) });
    numbers.map(order).collect()
}

/// How often each order came, by its number.
fn counted(got: &[Received]) -> HashMap<u64, usize> {
    let mut counts = HashMap::new();
    for request in got {
        *counts
            .entry(
                request.json()["data"]["order"]["id"]
                    .as_u64()
                    .expect("an order"),
            )
            .or_default() += 1;
    }
    counts
}
