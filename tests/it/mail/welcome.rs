//! The welcome mail of a call.

use hookyard_tests::{App, MailServer, Profile, both_profiles, fixtures};
use serde_json::json;

use super::{app, logged};

both_profiles!(
    a_new_user_is_welcomed,
    nobody_else_is_welcomed,
    simultaneous_calls_make_one_mail,
    an_operators_texts_replace_the_built_in_ones,
    without_a_page_of_the_operator_links_lead_to_one_that_is_there,
    without_a_mail_server_mails_are_skipped,
);

async fn webhook(app: &App, welcome: bool) -> String {
    fixtures::incoming_webhook(
        &app.api,
        &json!({ "name": "Shop", "send_welcome_email": welcome }),
    )
    .await
    .1
}

const BOUNDARY: &str = "----boundary";

fn multipart(fields: &[(&str, &str)]) -> (String, String) {
    let part = |(name, value): &(&str, &str)| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    let body = format!(
        "{}--{BOUNDARY}--\r\n",
        fields.iter().map(part).collect::<String>()
    );
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

/// The link leads where the configuration says, whatever host was called.
async fn a_new_user_is_welcomed(profile: Profile) {
    let server = MailServer::start();
    let mut app = app(profile, &server).await;
    let url = webhook(&app, true).await;
    let (kind, body) = multipart(&[
        ("email", "Ines@Example.org"),
        ("first_name", "Inês"),
        ("last_name", "Åström, 丁"),
        ("user_login", "ines_marlow"),
    ]);
    let done = app
        .api
        .with("host", "elsewhere.example")
        .call(&url, &kind, body)
        .await
        .ok(200)
        .json();
    let mail = server.wait_for(1).await.remove(0);
    assert_eq!(mail.recipients, ["Ines@example.org"]);
    assert_eq!(
        mail.to,
        (Some("Inês Åström, 丁".into()), "Ines@example.org".into())
    );
    assert_eq!(
        mail.from,
        (Some("The Yard".into()), "hello@example.org".into())
    );
    assert_eq!(mail.subject, "Welcome to The Yard");
    assert!(
        mail.content_type.starts_with("multipart/alternative"),
        "{}",
        mail.content_type
    );
    for part in [&mail.text, &mail.html] {
        assert!(
            part.contains("Inês Åström, 丁")
                && part.contains("ines_marlow")
                && part.contains("24 hours"),
            "{part}"
        );
    }
    let link = format!("https://app.example.org/set?token={}", mail.token());
    assert!(
        mail.text.contains(&link) && mail.html.replace("&#x2f;", "/").contains(&link),
        "{}",
        mail.html
    );
    assert!(mail.token().len() >= 27, "160 bits: {}", mail.token());
    assert!(
        mail.raw.contains("\r\nAuto-Submitted: auto-generated\r\n"),
        "{}",
        mail.raw
    );
    assert!(
        mail.message_id.starts_with("mail_") && mail.message_id.ends_with("@example.org"),
        "{}",
        mail.message_id
    );
    logged(&mut app, "a mail was sent", 1).await;

    app.api
        .reset_password(&mail.token(), "correct horse")
        .await
        .ok(204);
    app.api
        .reset_password(&mail.token(), "another horse")
        .await
        .problem(422, "invalid_fields");
    let user = app
        .api
        .read_user(done["user_id"].as_str().unwrap())
        .await
        .ok(200)
        .json();
    assert_eq!(user["has_password"], true);
}

async fn nobody_else_is_welcomed(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    fixtures::user(&app.api, "there@example.org").await;
    let (with, without) = (webhook(&app, true).await, webhook(&app, false).await);
    app.api
        .call_form(&with, &[("email", "THERE@example.org")])
        .await
        .ok(200);
    app.api
        .call_form(&without, &[("email", "quiet@example.org")])
        .await
        .ok(200);
    app.api
        .call_form(&with, &[("email", "quiet@example.org")])
        .await
        .ok(200);
    app.api
        .call_form(&with, &[("email", "nobody")])
        .await
        .problem(422, "invalid_fields");
    // Mails go one after the other, in the order in which they came.
    app.api
        .call_form(&with, &[("email", "new@example.org")])
        .await
        .ok(200);
    let mails = server.wait_for(1).await;
    assert_eq!(
        mails
            .iter()
            .map(|mail| mail.recipients[0].as_str())
            .collect::<Vec<_>>(),
        ["new@example.org"]
    );
}

async fn simultaneous_calls_make_one_mail(profile: Profile) {
    let server = MailServer::start();
    let app = app(profile, &server).await;
    let url = webhook(&app, true).await;
    let calls = (0..50).map(|_| app.api.call_form(&url, &[("email", "ines@example.org")]));
    for answer in futures_util::future::join_all(calls).await {
        answer.ok(200);
    }
    app.api
        .call_form(&url, &[("email", "last@example.org")])
        .await
        .ok(200);
    let mails = server.wait_for(2).await;
    assert_eq!(
        mails
            .iter()
            .map(|mail| mail.recipients[0].as_str())
            .collect::<Vec<_>>(),
        ["ines@example.org", "last@example.org"]
    );
}

async fn an_operators_texts_replace_the_built_in_ones(profile: Profile) {
    let (server, folder) = (MailServer::start(), tempfile::tempdir().unwrap());
    std::fs::write(
        folder.path().join("welcome.subject.txt"),
        "Olá {{ user.first_name }}\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("welcome.html"),
        "<p title=\"x\">{{ user.display_name }}</p>",
    )
    .unwrap();
    let app = App::configured(profile, |settings| {
        super::mailing(settings, &server);
        settings.set("mail.templates_dir", folder.path().to_string_lossy());
    })
    .await;
    let url = webhook(&app, true).await;
    app.api
        .call_json(
            &url,
            &json!({ "email": "ines@example.org", "first_name": "Inês & Co" }),
        )
        .await
        .ok(200);
    let mail = server.wait_for(1).await.remove(0);
    assert_eq!(
        (mail.subject.as_str(), mail.html.trim()),
        ("Olá Inês & Co", "<p title=\"x\">Inês &amp; Co</p>")
    );
    assert!(mail.text.contains("Hello Inês & Co,"), "{}", mail.text);
}

async fn without_a_page_of_the_operator_links_lead_to_one_that_is_there(profile: Profile) {
    let server = MailServer::start();
    let public = "https://hooks.example.org/base";
    let app = App::configured(profile, |settings| {
        super::mailing(settings, &server);
        settings
            .unset("mail.set_password_url")
            .set("server.public_url", public);
    })
    .await;
    let url = webhook(&app, true).await;
    let url = url.replace(public, &app.api.base);
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    let mail = server.wait_for(1).await.remove(0);
    let link = format!("/set-password?token={}", mail.token());
    assert!(
        mail.text
            .lines()
            .any(|line| line == format!("{public}{link}")),
        "{}",
        mail.text
    );

    // A proxy leaves its own path out.
    let page = reqwest::get(format!("{}{link}", app.api.base))
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert!(header("content-security-policy").contains("script-src 'self'"));
    let page = page.text().await.unwrap();
    // Both addresses are relative to the page's own, whatever the proxy's path is.
    assert!(page.contains("src=\"set-password/page.js\""), "{page}");
    let script = format!("{}/set-password/page.js", app.api.base);
    let script = reqwest::get(script).await.unwrap();
    assert_eq!(script.status(), 200);
    let script = script.text().await.unwrap();
    assert!(script.contains("fetch(\"v1/password/reset\""), "{script}");
    app.api
        .reset_password(&mail.token(), "correct horse")
        .await
        .ok(204);
}

async fn without_a_mail_server_mails_are_skipped(profile: Profile) {
    let mut app = App::start(profile).await;
    let url = webhook(&app, true).await;
    app.api
        .call_form(&url, &[("email", "ines@example.org")])
        .await
        .ok(200);
    logged(&mut app, "a mail is skipped", 1).await;
}
