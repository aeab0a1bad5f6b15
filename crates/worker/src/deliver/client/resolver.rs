//! Names become addresses here, and only vetted ones come out: the client connects to what this
//! returns and to nothing else.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::outbound::guard::{Guard, TargetRefusal};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

/// How long a request waits for its name; below the time for the whole connection, so that a slow
/// name is told apart.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(4);
/// The system's resolver blocks a thread for each name; it must not take all of them.
const MAX_LOOKUPS: usize = 256;
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 16;

/// Why a name has no addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ResolveError {
    #[error(transparent)]
    Refused(TargetRefusal),
    #[error("The host's name cannot be resolved.")]
    Unknown,
    #[error("The host's name could not be resolved in time.")]
    TooSlow,
}

type Answer = Result<Arc<[IpAddr]>, ResolveError>;

/// Asks for the addresses of a name.
pub(super) type Ask =
    Box<dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// A resolver behind the guard.
#[derive(Clone)]
pub(super) struct Resolver(Arc<Lookups>);

struct Lookups {
    guard: Guard,
    ask: Ask,
    /// One lookup at a time for a name, however many wait for it: a name that hangs holds one
    /// thread.
    running: Mutex<HashMap<String, Shared<BoxFuture<'static, Answer>>>>,
    slots: Semaphore,
}

impl Resolver {
    /// The system's own.
    pub(super) fn system(guard: Guard) -> Self {
        let ask = |name: String| async move {
            Ok(tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .map(|address| address.ip())
                .collect())
        };
        Self::asking(guard, Box::new(move |name| ask(name).boxed()))
    }

    pub(super) fn asking(guard: Guard, ask: Ask) -> Self {
        Self(Arc::new(Lookups {
            guard,
            ask,
            running: Mutex::default(),
            slots: Semaphore::new(MAX_LOOKUPS),
        }))
    }

    /// Joins the lookup of this name that is running, or starts one. It runs to its end even if
    /// nobody waits any more.
    fn lookup(&self, name: &str) -> Shared<BoxFuture<'static, Answer>> {
        let mut running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(lookup) = running.get(name) {
            return lookup.clone();
        }
        let (lookups, owned) = (self.0.clone(), name.to_owned());
        let task = tokio::spawn(async move {
            let answer = lookups.ask(&owned).await;
            lookups
                .running
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&owned);
            answer
        });
        let lookup = async move { task.await.unwrap_or(Err(ResolveError::Unknown)) }
            .boxed()
            .shared();
        running.insert(name.to_owned(), lookup.clone());
        lookup
    }
}

impl Lookups {
    async fn ask(&self, name: &str) -> Answer {
        let _slot = self
            .slots
            .acquire()
            .await
            .map_err(|_| ResolveError::Unknown)?;
        let found = (self.ask)(name.to_owned())
            .await
            .map_err(|_| ResolveError::Unknown)?;
        vet(&self.guard, found)
    }
}

/// All or nothing: a name with one address that is refused is not trusted with the others.
fn vet(guard: &Guard, mut addresses: Vec<IpAddr>) -> Answer {
    addresses
        .iter()
        .try_for_each(|address| guard.judge_address(*address))
        .map_err(ResolveError::Refused)?;
    addresses.truncate(MAX_ADDRESSES);
    if addresses.is_empty() {
        Err(ResolveError::Unknown)
    } else {
        Ok(addresses.into())
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.lookup(name.as_str());
        Box::pin(async move {
            let addresses = tokio::time::timeout(LOOKUP_TIMEOUT, lookup)
                .await
                .map_err(|_| ResolveError::TooSlow)??;
            let sockets: Vec<_> = addresses
                .iter()
                .map(|address| SocketAddr::new(*address, 0))
                .collect();
            Ok(Box::new(sockets.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Vec<IpAddr> {
        list.iter()
            .map(|address| address.parse().unwrap())
            .collect()
    }

    #[test]
    fn one_refused_address_refuses_the_name() {
        let refused = Err(ResolveError::Refused(TargetRefusal::AddressNotPublic));
        let closed = Guard::default();
        assert!(vet(&closed, addresses(&["93.184.215.14", "2606:4700::1"])).is_ok());
        assert_eq!(
            vet(&closed, addresses(&["93.184.215.14", "10.0.0.1"])),
            refused
        );
        assert_eq!(vet(&closed, addresses(&["93.184.215.14", "::1"])), refused);
        let mut last_of_many = addresses(&["93.184.215.14"]).repeat(1000);
        last_of_many.push("127.0.0.1".parse().unwrap());
        assert_eq!(vet(&closed, last_of_many), refused);
        assert_eq!(vet(&closed, vec![]), Err(ResolveError::Unknown));
        let open = Guard::new(vec!["10.0.0.0/8".parse().unwrap()]);
        assert!(vet(&open, addresses(&["93.184.215.14", "10.0.0.1"])).is_ok());
        assert_eq!(vet(&open, addresses(&["192.168.0.1", "10.0.0.1"])), refused);
    }

    #[test]
    fn few_of_many_addresses_are_tried() {
        assert_eq!(
            vet(&Guard::default(), addresses(&["8.8.8.8"]).repeat(1000))
                .unwrap()
                .len(),
            MAX_ADDRESSES
        );
    }

    #[tokio::test]
    async fn lookups_of_one_name_are_one_lookup() {
        let resolver = Resolver::system(Guard::default());
        let (first, second) = (resolver.lookup("localhost"), resolver.lookup("localhost"));
        assert!(first.ptr_eq(&second));
        assert_eq!(
            first.await,
            Err(ResolveError::Refused(TargetRefusal::AddressNotPublic))
        );
        assert!(resolver.0.running.lock().unwrap().is_empty());
    }
}
