//! Users, spaces and courses.

use serde_json::Value;

use super::{Answer, Client};

impl Client {
    pub async fn create_user(&self, body: &Value) -> Answer {
        self.post("/v1/users", body).await
    }
    pub async fn list_users(&self, query: &str) -> Answer {
        self.get(&format!("/v1/users{query}")).await
    }
    pub async fn read_user(&self, id: &str) -> Answer {
        self.get(&format!("/v1/users/{id}")).await
    }
    pub async fn update_user(&self, id: &str, body: &Value) -> Answer {
        self.patch(&format!("/v1/users/{id}"), body).await
    }
    pub async fn delete_user(&self, id: &str) -> Answer {
        self.delete(&format!("/v1/users/{id}")).await
    }
    pub async fn list_memberships(&self, user: &str) -> Answer {
        self.get(&format!("/v1/users/{user}/memberships")).await
    }
    pub async fn list_enrollments(&self, user: &str) -> Answer {
        self.get(&format!("/v1/users/{user}/enrollments")).await
    }

    pub async fn create_space(&self, body: &Value) -> Answer {
        self.post("/v1/spaces", body).await
    }
    pub async fn list_spaces(&self, query: &str) -> Answer {
        self.get(&format!("/v1/spaces{query}")).await
    }
    pub async fn read_space(&self, id: &str) -> Answer {
        self.get(&format!("/v1/spaces/{id}")).await
    }
    pub async fn update_space(&self, id: &str, body: &Value) -> Answer {
        self.patch(&format!("/v1/spaces/{id}"), body).await
    }
    pub async fn delete_space(&self, id: &str) -> Answer {
        self.delete(&format!("/v1/spaces/{id}")).await
    }
    pub async fn list_members(&self, space: &str) -> Answer {
        self.get(&format!("/v1/spaces/{space}/members")).await
    }
    pub async fn put_member(&self, space: &str, user: &str, body: &Value) -> Answer {
        self.put(&format!("/v1/spaces/{space}/members/{user}"), body)
            .await
    }
    pub async fn delete_member(&self, space: &str, user: &str) -> Answer {
        self.delete(&format!("/v1/spaces/{space}/members/{user}"))
            .await
    }

    pub async fn create_course(&self, body: &Value) -> Answer {
        self.post("/v1/courses", body).await
    }
    pub async fn list_courses(&self, query: &str) -> Answer {
        self.get(&format!("/v1/courses{query}")).await
    }
    pub async fn read_course(&self, id: &str) -> Answer {
        self.get(&format!("/v1/courses/{id}")).await
    }
    pub async fn update_course(&self, id: &str, body: &Value) -> Answer {
        self.patch(&format!("/v1/courses/{id}"), body).await
    }
    pub async fn delete_course(&self, id: &str) -> Answer {
        self.delete(&format!("/v1/courses/{id}")).await
    }
    pub async fn list_students(&self, course: &str) -> Answer {
        self.get(&format!("/v1/courses/{course}/students")).await
    }
    pub async fn put_student(&self, course: &str, user: &str, body: &Value) -> Answer {
        self.put(&format!("/v1/courses/{course}/students/{user}"), body)
            .await
    }
    pub async fn delete_student(&self, course: &str, user: &str) -> Answer {
        self.delete(&format!("/v1/courses/{course}/students/{user}"))
            .await
    }
    pub async fn complete_course(&self, course: &str, user: &str) -> Answer {
        self.act(&format!("/v1/courses/{course}/students/{user}/complete"))
            .await
    }
}
