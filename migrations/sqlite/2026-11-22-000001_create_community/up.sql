CREATE TABLE users (
  id            BLOB PRIMARY KEY,
  email         TEXT NOT NULL,
  email_folded  TEXT NOT NULL CONSTRAINT users_email UNIQUE,
  username      TEXT NOT NULL,
  username_folded TEXT NOT NULL CONSTRAINT users_username UNIQUE,
  first_name    TEXT NOT NULL,
  last_name     TEXT NOT NULL,
  display_name  TEXT NOT NULL,
  status        TEXT NOT NULL CHECK (status IN ('active', 'blocked', 'pending')),
  password_hash TEXT,
  search        TEXT NOT NULL,
  version       INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE spaces (
  id          BLOB PRIMARY KEY,
  title       TEXT NOT NULL,
  slug        TEXT NOT NULL CONSTRAINT spaces_slug UNIQUE,
  description TEXT,
  privacy     TEXT NOT NULL CHECK (privacy IN ('public', 'private', 'secret')),
  search      TEXT NOT NULL,
  version     INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE courses (
  id          BLOB PRIMARY KEY,
  title       TEXT NOT NULL,
  slug        TEXT NOT NULL CONSTRAINT courses_slug UNIQUE,
  description TEXT,
  privacy     TEXT NOT NULL CHECK (privacy IN ('public', 'private', 'secret')),
  course_type TEXT NOT NULL CHECK (course_type IN ('self_paced', 'structured', 'scheduled')),
  status      TEXT NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
  search      TEXT NOT NULL,
  version     INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

-- The ids of memberships and enrollments are UUIDv7 of the moment of joining: they order the lists.
CREATE TABLE memberships (
  id        BLOB PRIMARY KEY,
  space_id  BLOB NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
  user_id   BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role      TEXT NOT NULL CHECK (role IN ('member', 'moderator', 'admin')),
  status    TEXT NOT NULL CHECK (status IN ('active', 'pending')),
  joined_at INTEGER NOT NULL,
  CONSTRAINT memberships_space_user UNIQUE (space_id, user_id)
) STRICT;
CREATE INDEX memberships_by_space ON memberships (space_id, id);
CREATE INDEX memberships_by_user ON memberships (user_id, id);

CREATE TABLE enrollments (
  id           BLOB PRIMARY KEY,
  course_id    BLOB NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  status       TEXT NOT NULL CHECK (status IN ('active', 'pending')),
  enrolled_at  INTEGER NOT NULL,
  completed_at INTEGER,
  CONSTRAINT enrollments_course_user UNIQUE (course_id, user_id)
) STRICT;
CREATE INDEX enrollments_by_course ON enrollments (course_id, id);
CREATE INDEX enrollments_by_user ON enrollments (user_id, id);
