//! Mails are taken by one, and only who has one may say what became of it; tokens are used once.

use chrono::TimeDelta;
use domain::{Clock, Email, mail::MailState, secret::Token};
use storage::{
    Db, Error,
    mails::{self, Mail},
    password_tokens::{self, PasswordToken},
    users,
};

use crate::{rows::user, stores::on_each_store};

async fn queue(db: &Db, mail: &Mail) {
    mails::insert(&mut db.write().await.unwrap(), mail)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_belongs_to_who_took_it_until_its_lease_ends() {
    on_each_store(async |db| {
        let (now, second) = (Clock::system().now(), TimeDelta::seconds(1));
        assert_eq!(
            mails::next_due(&mut db.read().await.unwrap())
                .await
                .unwrap(),
            None
        );
        let email = Email::parse("Ines@Example.org").unwrap();
        for n in 0..3 {
            queue(&db, &Mail::password_reset(&email, now + second * n)).await;
        }
        assert_eq!(
            mails::next_due(&mut db.read().await.unwrap())
                .await
                .unwrap(),
            Some(now)
        );

        let first = mails::claim(&db, now + second, now + second * 10, 10)
            .await
            .unwrap();
        assert_eq!(first.len(), 2, "the third is not due yet");
        assert!(
            mails::claim(&db, now + second, now + second * 10, 10)
                .await
                .unwrap()
                .is_empty(),
            "both are taken"
        );
        let again = mails::claim(&db, now + second * 10, now + second * 20, 1)
            .await
            .unwrap();
        assert_eq!(
            (again.len(), again[0].due_at),
            (1, Some(now + second * 20)),
            "the third, which is due first"
        );

        let again = mails::claim(&db, now + second * 11, now + second * 30, 1)
            .await
            .unwrap()
            .remove(0);
        let mut lost = first.into_iter().find(|mail| mail.id == again.id).unwrap();
        assert_eq!((again.attempt_count, again.lease), (2, 2));
        let finish = |mail: &mut Mail| {
            (mail.state, mail.due_at, mail.finished_at) = (MailState::Sent, None, Some(now));
        };
        finish(&mut lost);
        let mut conn = db.write().await.unwrap();
        assert!(
            !mails::record(&mut conn, &lost).await.unwrap(),
            "its lease has ended"
        );
        let mut own = again.clone();
        finish(&mut own);
        assert!(mails::record(&mut conn, &own).await.unwrap());
        assert!(
            !mails::record(&mut conn, &own).await.unwrap(),
            "what is finished stays as it is"
        );
        assert_eq!(mails::prune(&mut conn, now, 10).await.unwrap(), 0);
        assert_eq!(
            mails::prune(&mut conn, now + second, 10).await.unwrap(),
            1,
            "the finished one"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_take_at_once_take_different_mails() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        let email = Email::parse("ines@example.org").unwrap();
        for _ in 0..20 {
            queue(&db, &Mail::password_reset(&email, now)).await;
        }
        let until = now + TimeDelta::minutes(1);
        let takers = (0..4).map(|_| mails::claim(&db, now, until, 5));
        let mut ids: Vec<_> = futures_util::future::join_all(takers)
            .await
            .into_iter()
            .flat_map(|taken| taken.unwrap())
            .map(|mail| mail.id)
            .collect();
        while let [mail, ..] = mails::claim(&db, now, until, 5).await.unwrap().as_slice() {
            ids.push(mail.id);
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "none was taken twice");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_had_is_free_again_in_the_embedded_store() {
    on_each_store(async |db| {
        let now = Clock::system().now();
        queue(
            &db,
            &Mail::password_reset(&Email::parse("ines@example.org").unwrap(), now),
        )
        .await;
        let until = now + TimeDelta::minutes(1);
        let mut taken = mails::claim(&db, now, until, 1).await.unwrap().remove(0);
        mails::free_leases(&db, now).await.unwrap();
        assert_eq!(
            mails::claim(&db, now, until, 1).await.unwrap().len(),
            usize::from(db.is_embedded())
        );
        taken.due_at = None;
        let mut conn = db.write().await.unwrap();
        assert_eq!(
            mails::record(&mut conn, &taken).await.unwrap(),
            !db.is_embedded()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_until_it_expires_or_one_of_its_user_is_used() {
    on_each_store(async |db| {
        let (now, hour) = (Clock::system().now(), TimeDelta::hours(1));
        let mut conn = db.write().await.unwrap();
        let (ines, other) = (
            user("ines@example.org", "ines"),
            user("other@example.org", "other"),
        );
        users::insert(&mut conn, &ines).await.unwrap();
        users::insert(&mut conn, &other).await.unwrap();
        let tokens: Vec<_> = (0..4).map(|_| Token::generate("")).collect();
        for (token, user) in tokens.iter().zip([&ines, &ines, &other, &ines]) {
            let row = PasswordToken {
                token_hash: token.hash().to_vec(),
                user_id: user.id,
                expires_at: now + hour,
            };
            password_tokens::insert(&mut conn, &row).await.unwrap();
        }
        let hash = tokens[0].hash();
        assert_eq!(
            password_tokens::user_of(&mut conn, &hash, now)
                .await
                .unwrap(),
            Some(ines.id)
        );
        assert_eq!(
            password_tokens::user_of(&mut conn, &hash, now + hour)
                .await
                .unwrap(),
            None,
            "it has expired"
        );
        assert_eq!(
            password_tokens::user_of(&mut conn, &Token::generate("").hash(), now)
                .await
                .unwrap(),
            None
        );

        assert!(
            password_tokens::use_up(&mut conn, &hash, ines.id)
                .await
                .unwrap()
        );
        assert!(
            !password_tokens::use_up(&mut conn, &hash, ines.id)
                .await
                .unwrap(),
            "once"
        );
        for (token, owner) in tokens.iter().zip([None, None, Some(other.id), None]) {
            assert_eq!(
                password_tokens::user_of(&mut conn, &token.hash(), now)
                    .await
                    .unwrap(),
                owner
            );
        }
        assert_eq!(password_tokens::prune(&mut conn, now, 10).await.unwrap(), 0);
        assert_eq!(
            password_tokens::prune(&mut conn, now + hour, 10)
                .await
                .unwrap(),
            1
        );
        users::delete(&mut conn, ines.id).await.unwrap();
        let orphan = PasswordToken {
            token_hash: hash.to_vec(),
            user_id: ines.id,
            expires_at: now,
        };
        assert!(matches!(
            password_tokens::insert(&mut conn, &orphan).await,
            Err(Error::Dangling)
        ));
        assert!(matches!(
            mails::insert(&mut conn, &Mail::welcome(&ines, now)).await,
            Err(Error::Dangling)
        ));
    })
    .await;
}
