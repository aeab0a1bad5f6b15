//! Help, and what is refused at start.

use hookyard_tests::settings::Settings;

use super::{run, stderr, stdout};

#[test]
fn every_command_has_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = |arguments: &[&str]| {
        let output = run(folder.path(), &Settings::default(), arguments);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            stderr(&output)
        );
        stdout(&output)
    };
    let all = help(&["--help"]);
    for command in [
        "serve", "api", "worker", "demo", "migrate", "openapi", "keys", "events", "mail", "doctor",
        "prune",
    ] {
        assert!(all.contains(command), "{command}: {all}");
        assert!(help(&[command, "--help"]).contains("Usage:"), "{command}");
    }
    for nested in [
        ["mail", "test"],
        ["keys", "create"],
        ["keys", "list"],
        ["keys", "revoke"],
        ["events", "publish"],
        ["migrate", "status"],
    ] {
        help(&[nested[0], nested[1], "--help"]);
    }
    assert!(help(&["--version"]).starts_with("hookyard "));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "help leaves nothing behind"
    );
}

#[test]
fn wrong_usage_is_status_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &[][..],
        &["serv"],
        &["serve", "--nonsense"],
        &["keys"],
        &["keys", "revoke", "nonsense"],
    ] {
        let output = run(folder.path(), &Settings::default(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!stderr(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_wrong_configuration_is_status_2_and_names_the_key() {
    let folder = tempfile::tempdir().unwrap();
    for (key, value, named) in [
        ("server.lissten", "127.0.0.1:0", "lissten"),
        ("serverr.listen", "127.0.0.1:0", "serverr"),
        ("delivery.allow_networks", "127.0.0.0/40", "127.0.0.0/40"),
        ("delivery.max_in_flight", "many", "max_in_flight"),
        ("auth.bootstrap_key", "hyk_too-short", "auth.bootstrap_key"),
        ("secrets.master_key", "c2hvcnQ=", "secrets.master_key"),
        ("database.url", "mysql://localhost/x", "database.url"),
        ("broker.url", "http://localhost", "broker.url"),
        ("server.public_url", "not a url", "server.public_url"),
        ("mail.url", "smtp://user:hidden@host?tls=maybe", "mail.url"),
        ("mail.url", "smtp://user:hidden@127.0.0.1:1", "mail.from"),
        ("mail.from", "nobody", "mail.from"),
        (
            "mail.set_password_url",
            "https://app.example.org/set",
            "mail.set_password_url",
        ),
        (
            "mail.templates_dir",
            "/no/such/folder",
            "mail.templates_dir",
        ),
        ("mail.token_hours", "0", "mail.token_hours"),
        ("mail.retry_seconds", "60,soon", "soon"),
        ("auth.argon2_memory_kib", "64", "auth.argon2_memory_kib"),
        ("auth.argon2_iterations", "0", "auth.argon2_iterations"),
        ("auth.argon2_parallelism", "99", "auth.argon2_parallelism"),
        (
            "auth.password_requests_per_minute",
            "0",
            "password_requests_per_minute",
        ),
        ("retention.calls_days", "0", "calls_days"),
        ("retention.mails_days", "4000000000", "retention.mails_days"),
    ] {
        let mut settings = Settings::default();
        settings.set("server.listen", "127.0.0.1:0").set(key, value);
        for command in ["serve", "api", "worker"] {
            let output = run(folder.path(), &settings, &[command]);
            assert_eq!(
                output.status.code(),
                Some(2),
                "{command} {key}: {}",
                stderr(&output)
            );
            assert!(
                stderr(&output).contains(named),
                "{command} {key}: {}",
                stderr(&output)
            );
            assert!(
                !stderr(&output).contains("hidden"),
                "{command} {key}: {}",
                stderr(&output)
            );
        }
    }
}

#[test]
fn a_configuration_file_counts_less_than_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("hookyard.toml"),
        "[auth]\nbootstrap_key = \"short in the file\"\n",
    )
    .unwrap();
    let mut settings = Settings::default();
    assert_eq!(
        run(folder.path(), &settings, &["keys", "list"])
            .status
            .code(),
        Some(2)
    );
    settings.set("auth.bootstrap_key", "hyk_0123456789abcdefghijklmnopqrstuv");
    let listed = run(folder.path(), &settings, &["keys", "list"]);
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
    std::fs::write(folder.path().join("other.toml"), "nonsense = 1\n").unwrap();
    let other = run(
        folder.path(),
        &settings,
        &["--config", "other.toml", "keys", "list"],
    );
    assert_eq!(
        (other.status.code(), stderr(&other).contains("nonsense")),
        (Some(2), true),
        "{}",
        stderr(&other)
    );
    let missing = run(
        folder.path(),
        &settings,
        &["--config", "missing.toml", "keys", "list"],
    );
    assert_eq!(
        (
            missing.status.code(),
            stderr(&missing).contains("missing.toml")
        ),
        (Some(2), true),
        "{}",
        stderr(&missing)
    );
}
