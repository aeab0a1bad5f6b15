//! The tables, as both databases have them. Kept by hand beside the migrations; the tests that
//! write and read every column of a record fail when the two differ.

use diesel::table;

table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    users (id) {
        id -> Guid, email -> Text, email_folded -> Text, username -> Text, username_folded -> Text,
        first_name -> Text, last_name -> Text, display_name -> Text, status -> Word, password_hash -> Nullable<Text>,
        search -> Text, version -> BigInt, created_at -> Stamp, updated_at -> Stamp,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    spaces (id) {
        id -> Guid, title -> Text, slug -> Text, description -> Nullable<Text>, privacy -> Word, search -> Text,
        version -> BigInt, created_at -> Stamp, updated_at -> Stamp,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    courses (id) {
        id -> Guid, title -> Text, slug -> Text, description -> Nullable<Text>, privacy -> Word, course_type -> Word,
        status -> Word, search -> Text, version -> BigInt, created_at -> Stamp, updated_at -> Stamp,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    memberships (id) {
        id -> Guid, space_id -> Guid, user_id -> Guid, role -> Word, status -> Word, joined_at -> Stamp,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    enrollments (id) {
        id -> Guid, course_id -> Guid, user_id -> Guid, status -> Word, enrolled_at -> Stamp,
        completed_at -> Nullable<Stamp>,
    }
}
table! {
    use crate::database::sql_types::*;
    completions (user_id, course_id) { course_id -> Guid, user_id -> Guid, completed_at -> Stamp, }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    incoming_webhooks (id) {
        id -> Guid, enabled -> Bool, verification -> Text, expires_at -> Nullable<Stamp>, token_hash -> Binary,
        token_sealed -> Binary, search -> Text, version -> BigInt, created_at -> Stamp, updated_at -> Stamp,
        previous_token_hash -> Nullable<Binary>, previous_token_until -> Nullable<Stamp>, spec -> Text,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    call_tallies (webhook_id) { webhook_id -> Guid, count -> BigInt, last_called_at -> Stamp, }
}
table! {
    use diesel::sql_types::*;
    master_key_check (id) { id -> SmallInt, sealed -> Binary, }
}
// It has no key: diesel wants to hear of one.
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    uncounted_calls (webhook_id) { webhook_id -> Guid, called_at -> Stamp, }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    calls (id) {
        id -> Guid, webhook_id -> Guid, user_id -> Nullable<Guid>, status -> Integer, outcome -> Text,
        user_created -> Bool, changes -> Text, payload -> Text, source_address -> Nullable<Text>,
        duration_us -> BigInt, created_at -> Stamp,
    }
}
table! {
    use diesel::sql_types::*;
    revisions (name) { name -> Text, value -> BigInt, }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    feeds (id) {
        id -> Guid, state -> Word, state_reason -> Nullable<Text>, state_changed_at -> Stamp, events -> Text,
        secret_sealed -> Binary, previous_secrets -> Text, search -> Text, version -> BigInt, created_at -> Stamp,
        updated_at -> Stamp, key_sealed -> Nullable<Binary>, public_key -> Nullable<Text>, spec -> Text,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    feed_stats (feed_id, hour, shard) {
        feed_id -> Guid, hour -> Stamp, shard -> Integer, succeeded -> BigInt, failed -> BigInt,
    }
}
table! {
    use crate::database::sql_types::*;
    feed_failures (feed_id) { feed_id -> Guid, since -> Stamp, }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    event_types (id) {
        id -> Guid, name -> Text, label -> Text, group_label -> Text, description -> Nullable<Text>,
        json_schema -> Nullable<Text>, example -> Text, version -> BigInt, created_at -> Stamp, updated_at -> Stamp,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    events (id) {
        id -> Guid, kind -> Text, source -> Text, external_id -> Nullable<Text>, occurred_at -> Stamp,
        received_at -> Stamp, data -> Binary, routed_at -> Nullable<Stamp>, outbox_due_at -> Nullable<Stamp>,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    deliveries (id) {
        id -> Guid, event_id -> Guid, event_type -> Text, feed_id -> Guid, replay_id -> Nullable<Guid>, state -> Word,
        state_reason -> Nullable<Text>, due_at -> Nullable<Stamp>, lease -> BigInt, attempt_count -> Integer,
        method -> Word, format -> Word, body -> Nullable<Binary>, last_response_status -> Nullable<Integer>,
        last_error -> Nullable<Text>, attempts -> Binary, created_at -> Stamp, finished_at -> Nullable<Stamp>,
        is_test -> Bool,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    api_keys (id) {
        id -> Guid, name -> Text, hint -> Text, scopes -> Text, key_hash -> Binary, created_at -> Stamp,
        expires_at -> Nullable<Stamp>,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    idempotency_keys (key_hash) {
        key_hash -> Binary, fingerprint -> Binary, answer -> Nullable<Binary>, locked_until -> Stamp,
        expires_at -> Stamp,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    mails (id) {
        id -> Guid, kind -> Word, email -> Text, email_folded -> Text, user_id -> Nullable<Guid>, state -> Word,
        due_at -> Nullable<Stamp>, lease -> BigInt, attempt_count -> Integer, last_error -> Nullable<Text>,
        created_at -> Stamp, finished_at -> Nullable<Stamp>,
    }
}
table! {
    use diesel::sql_types::*;
    use crate::database::sql_types::*;
    password_tokens (token_hash) { token_hash -> Binary, user_id -> Guid, expires_at -> Stamp, }
}
table! {
    use diesel::sql_types::*;
    bootstrap_keys (key_hash) { key_hash -> Binary, }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    memberships,
    enrollments,
    spaces,
    courses,
    events,
    deliveries,
    feeds
);
diesel::allow_tables_to_appear_in_same_query!(uncounted_calls, incoming_webhooks);
