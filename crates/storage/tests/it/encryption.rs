//! `sslmode` against the real server, whose certificate nobody vouches for.

use storage::{DatabaseSettings, Db};

use domain::settings::Section;
use testing::Database;

async fn works(database: &Database, mode: &str) -> bool {
    let url = format!("{}?{mode}", database.url).parse().unwrap();
    let db = Db::open(&url, &DatabaseSettings::defaults()).unwrap();
    db.read().await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_checks_what_it_says() {
    if std::env::var_os("DATABASE_URL").is_none() {
        return eprintln!("DATABASE_URL is not set: PostgreSQL is left out");
    }
    let database = Database::create().await;
    let told = database.query("SHOW ssl").await;
    if told[0].get::<_, String>(0) != "on" {
        return eprintln!("this server speaks no TLS");
    }
    for plain in ["", "sslmode=prefer", "sslmode=disable"] {
        assert!(works(&database, plain).await, "{plain}");
    }
    // The system may trust a certificate that it made itself, but not under this name.
    for mode in ["sslmode=require", "sslmode=verify-full"] {
        assert!(!works(&database, mode).await, "{mode}");
    }
    let file = database.query("SELECT setting FROM pg_settings WHERE name = 'ssl_cert_file'");
    let root = file.await[0].get::<_, String>(0);
    let with_root = |mode: &str| format!("sslmode={mode}&sslrootcert={root}");
    assert!(works(&database, &with_root("verify-ca")).await);
    assert!(
        !works(&database, &with_root("verify-full")).await,
        "the name is another"
    );
}
