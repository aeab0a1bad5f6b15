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
        ("server.lissten", "127.0.0.1:0", "HOOKYARD__SERVER__LISTEN"),
        ("serverr.listen", "127.0.0.1:0", "HOOKYARD__SERVER__LISTEN"),
        ("delivery.allow_networks", "127.0.0.0/40", "127.0.0.0/40"),
        ("delivery.max_in_flight", "many", "max_in_flight"),
        ("delivery.max_in_flight", "0", "delivery.max_in_flight"),
        ("server.listen", "localhost", "server.listen"),
        ("worker.listen", "8081", "worker.listen"),
        ("server.threads", "100000", "server.threads"),
        ("server.cors_origins", "https://app/", "server.cors_origins"),
        ("log.level", "verbose", "log.level"),
        ("log.format", "xml", "log.format"),
        ("secrets.master_key", "abc", "secrets.master_key"),
        ("data_dir", "/proc/x", "data_dir"),
        ("database.max_connections", "0", "database.max_connections"),
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
fn all_problems_are_told_at_once_with_their_sources() {
    let folder = tempfile::tempdir().unwrap();
    let file = "[server]\nthreads = 100000\ncors_origin = []\n";
    std::fs::write(folder.path().join("hookyard.toml"), file).unwrap();
    let mut settings = Settings::default();
    settings
        .set("server.listen", "localhost")
        .set("mail.url", "smtp://user:hidden@127.0.0.1:1")
        .variable("HOOKYARD_SERVER__LISTEN", "127.0.0.1:0");
    let serve = run(folder.path(), &settings, &["serve"]);
    let doctor = run(folder.path(), &settings, &["doctor"]);
    assert_eq!(
        (serve.status.code(), doctor.status.code()),
        (Some(2), Some(1))
    );
    for told in [stderr(&serve), stdout(&doctor)] {
        for problem in [
            "server.listen = \"localhost\" (HOOKYARD__SERVER__LISTEN): must be an address and a port",
            "server.threads = 100000 (hookyard.toml): must be 0 to 1024",
            "server.cors_origin (hookyard.toml): there is no such key; did you mean server.cors_origins?",
            "HOOKYARD_SERVER__LISTEN: this variable sets no key; did you mean HOOKYARD__SERVER__LISTEN?",
            "mail.from: is required if mail.url is set",
        ] {
            assert!(told.contains(problem), "{problem}: {told}");
        }
        assert!(!told.contains("hidden"), "{told}");
    }
}

#[test]
fn the_doctor_refuses_what_the_start_refuses() {
    let folder = tempfile::tempdir().unwrap();
    for (key, value) in [
        ("server.listen", "localhost"),
        ("secrets.master_key", "abc"),
        ("server.threads", "100000"),
        ("log.level", "verbose"),
        ("delivery.max_in_flight", "0"),
        ("server.cors_origins", "https://app/"),
        ("data_dir", "/proc/x"),
    ] {
        let mut settings = Settings::default();
        settings.set(key, value);
        let output = run(folder.path(), &settings, &["doctor"]);
        assert_eq!(output.status.code(), Some(1), "{key}: {}", stdout(&output));
        let wrong = format!("wrong  configuration: {key}");
        assert!(
            stdout(&output).contains(&wrong),
            "{key}: {}",
            stdout(&output)
        );
    }
    let mut settings = Settings::default();
    settings.variable("HOOKYARD_SERVER__LISTEN", "127.0.0.1:0");
    let output = run(folder.path(), &settings, &["doctor"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
}

#[test]
fn a_secret_comes_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "too short\n").unwrap();
    let mut settings = Settings::default();
    settings.variable("HOOKYARD__AUTH__BOOTSTRAP_KEY_FILE", "key");
    let refused = run(folder.path(), &settings, &["keys", "list"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    let told = stderr(&refused);
    assert!(
        told.contains("auth.bootstrap_key (HOOKYARD__AUTH__BOOTSTRAP_KEY_FILE)")
            && !told.contains("too short"),
        "{told}"
    );
    std::fs::write(
        folder.path().join("key"),
        "hyk_0123456789abcdefghijklmnopqrstuv\n",
    )
    .unwrap();
    let listed = run(folder.path(), &settings, &["keys", "list"]);
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
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
