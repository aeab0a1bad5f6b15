//! The API end to end in one process: the whole application over a temporary SQLite file.

mod api_keys;
mod calls;
mod community;
mod conventions;
mod deliveries;
mod described;
mod document;
mod event_types;
mod events;
mod feeds;
mod incoming_webhooks;
mod server;

use std::rc::Rc;

use actix_web::{
    http::{Method, StatusCode, header::HeaderMap},
    test::{self, TestRequest},
};
use domain::{
    Clock, Instant,
    api_key::Scope,
    id::ApiKeyId,
    outbound::guard::Guard,
    secret::Token,
    settings::Section,
    vault::{MasterKey, Vault},
};
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::Value;
use storage::{DatabaseSettings, DatabaseUrl, Db, api_keys as rows};

use crate::{
    ApiSettings, Readiness, State,
    server::{Shared, app},
};

/// An answer, read whole.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// A header's value; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Fails unless this is a problem document with this status and code.
    pub(crate) fn expect_problem(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        assert!(!self.header("x-request-id").is_empty());
    }

    /// The pointers of the fields that are wrong.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        self.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect()
    }
}

/// The application and its database.
pub(crate) struct Api {
    call: Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>,
    pub state: State,
    /// A key that may do everything.
    pub admin: String,
    _dir: tempfile::TempDir,
}

/// What an API without a worker says about itself.
pub(crate) fn readiness(state: &State) -> Readiness {
    let max_age = state.settings.server.max_outbox_age_seconds.duration();
    Readiness::new(state.db.clone(), state.clock.clone(), max_age)
}

/// Starts the application on a fresh database.
pub(crate) async fn start() -> Api {
    let dir = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(dir.path().join("test.db"));
    let db = Db::open(&url, &DatabaseSettings::defaults()).unwrap();
    db.migrate_up().await.unwrap();
    let clock = Clock::fixed("2026-03-14T08:05:12Z".parse::<Instant>().unwrap());
    let vault = Vault::new(&MasterKey::generate());
    let mut settings = ApiSettings::defaults();
    settings.server.cors_origins = vec!["https://app.example.org".parse().unwrap()];
    let state = State::new(db, vault, clock, Guard::default(), settings).unwrap();
    let admin = key(&state, &[Scope::Admin]).await;
    let service =
        Rc::new(test::init_service(app(&Shared::new(state.clone(), readiness(&state)))).await);
    let call = Box::new(move |request: TestRequest| {
        let service = Rc::clone(&service);
        async move {
            // Handlers may spawn on the thread's local set, which the server has and tests have not.
            let local = tokio::task::LocalSet::new();
            let request = request.to_request();
            let (method, path) = (request.method().to_string(), request.path().to_owned());
            let response = local
                .run_until(test::call_service(&*service, request))
                .await;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = test::read_body(response).await;
            let text = String::from_utf8(body.to_vec()).unwrap_or_default();
            let answer = Answer {
                status,
                headers,
                body: serde_json::from_slice(&body).unwrap_or_default(),
                text,
            };
            described::check(&method, &path, &answer);
            answer
        }
        .boxed_local()
    });
    Api {
        call,
        state,
        admin,
        _dir: dir,
    }
}

/// Makes an API key.
pub(crate) async fn key(state: &State, scopes: &[Scope]) -> String {
    let token = Token::generate("hyk_");
    let row = rows::ApiKey {
        id: ApiKeyId::generate(),
        name: "test".into(),
        hint: "hyk_test".into(),
        scopes: storage::JsonText(scopes.to_vec()),
        key_hash: token.hash().to_vec(),
        created_at: state.clock.now(),
        expires_at: None,
    };
    assert!(
        rows::insert(&mut state.db.write().await.unwrap(), &row)
            .await
            .unwrap()
    );
    token.expose().to_owned()
}

impl Api {
    /// Sends a prepared request.
    pub(crate) async fn send(&self, request: TestRequest) -> Answer {
        (self.call)(request).await
    }

    /// A request with the admin's key.
    pub(crate) fn request(&self, method: &str, path: &str) -> TestRequest {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header(("authorization", format!("Bearer {}", self.admin)))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    pub(crate) async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(self.request(method, path).set_json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path)).await
    }

    /// Creates something and gives its view.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Value {
        let answer = self.json("POST", path, body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(
            answer.header("location"),
            format!("{path}/{}", answer.body["id"].as_str().unwrap())
        );
        answer.body
    }
}
