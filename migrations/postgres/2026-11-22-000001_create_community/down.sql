DROP TABLE enrollments;
DROP TABLE memberships;
DROP TABLE courses;
DROP TABLE spaces;
DROP TABLE users;
