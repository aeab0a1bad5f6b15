//! A closed loop of requests.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use hdrhistogram::Histogram;
use reqwest::{Client, RequestBuilder};

use crate::hookyard::Cpu;

/// What a round came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub calls: u32,
    pub per_second: f64,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
    pub cpu: Cpu,
}

/// A request, told by its method, URL and form.
pub(crate) struct Request {
    url: String,
    form: Option<String>,
}

/// A call with this address, as a form.
pub(crate) fn call(url: &str, email: &str) -> Request {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("email", email)
        .append_pair("first_name", "Ines")
        .finish();
    Request {
        url: url.to_owned(),
        form: Some(form),
    }
}

/// A plain GET.
pub(crate) fn get(url: &str) -> Request {
    Request {
        url: url.to_owned(),
        form: None,
    }
}

impl Request {
    fn build(&self, client: &Client) -> RequestBuilder {
        match &self.form {
            Some(form) => client
                .post(&self.url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.clone()),
            None => client.get(&self.url),
        }
    }
}

/// Sends requests, so many at once, until all are answered with 200; any other answer ends the
/// round.
pub(crate) async fn run(
    in_flight: usize,
    calls: u32,
    request: impl Fn(u32) -> Request,
) -> Result<Measured> {
    let client = Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(in_flight)
        .build()?;
    let (next, started) = (AtomicU32::new(0), Instant::now());
    let one = async || {
        let mut times = Histogram::<u64>::new(3)?;
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= calls {
                return Ok::<_, anyhow::Error>(times);
            }
            let sent = Instant::now();
            let answer = request(n).build(&client).send().await?;
            let status = answer.status();
            let body = answer.text().await?;
            ensure!(status == 200, "{status}: {body}");
            times.record(u64::try_from(sent.elapsed().as_micros()).context("a short time")?)?;
        }
    };
    let all = try_join_all((0..in_flight).map(|_| one())).await?;
    let seconds = started.elapsed().as_secs_f64();
    let mut times = Histogram::<u64>::new(3)?;
    all.iter().try_for_each(|some| times.add(some))?;
    let at = |quantile| times.value_at_quantile(quantile) as f64 / 1000.0;
    Ok(Measured {
        calls,
        per_second: f64::from(calls) / seconds,
        p50: at(0.5),
        p99: at(0.99),
        cpu: Cpu::default(),
    })
}
