-- Who completed which course. It outlives the enrollment: who leaves and comes back has completed the course already.
CREATE TABLE completions (
  course_id    BLOB NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  completed_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, course_id)
) STRICT;
CREATE INDEX completions_by_course ON completions (course_id);
INSERT INTO completions (course_id, user_id, completed_at)
  SELECT course_id, user_id, completed_at FROM enrollments WHERE completed_at IS NOT NULL;
