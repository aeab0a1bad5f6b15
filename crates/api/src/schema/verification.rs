//! How callers of an incoming webhook prove themselves.

use serde::Deserialize;
use utoipa::ToSchema;

/// How callers prove that they know more than the URL. Secrets are write-only: they are `null` in
/// answers. In a change, a secret that is omitted or `null` is kept while the scheme stays the
/// same.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Verification, example = json!({"scheme": "stripe", "tolerance_seconds": 300, "secret": "whsec_…"}))]
#[expect(
    dead_code,
    reason = "describes domain::incoming::verification in the OpenAPI document"
)]
pub(crate) enum VerificationSchema {
    /// Knowing the URL is enough.
    #[schema(title = "NoVerification")]
    None {},
    /// HMAC-SHA256 of the body in a header.
    #[schema(title = "HmacSha256Verification")]
    HmacSha256 {
        #[schema(example = "X-Signature", min_length = 1, max_length = 100)]
        header: String,
        /// `hex` by default.
        encoding: Option<EncodingSchema>,
        /// What precedes the signature.
        #[schema(example = "sha256=", max_length = 32)]
        prefix: Option<String>,
        #[schema(min_length = 16, max_length = 512)]
        secret: Option<String>,
    },
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`, as in Standard Webhooks, or the
    /// same after `svix-`.
    #[schema(title = "StandardWebhooksVerification")]
    StandardWebhooks {
        /// How far the time of signing may be from now; 300 by default.
        #[schema(minimum = 30, maximum = 3600)]
        tolerance_seconds: Option<i64>,
        /// `whsec_` and the base64 of 24 to 64 bytes.
        #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
        secret: Option<String>,
    },
    /// `Stripe-Signature`.
    #[schema(title = "StripeVerification")]
    Stripe {
        /// How far the time of signing may be from now; 300 by default.
        #[schema(minimum = 30, maximum = 3600)]
        tolerance_seconds: Option<i64>,
        /// The endpoint's secret; it begins with `whsec_`.
        #[schema(min_length = 16, max_length = 512)]
        secret: Option<String>,
    },
    /// `X-Hub-Signature-256`.
    #[schema(title = "GithubVerification")]
    Github {
        #[schema(min_length = 16, max_length = 512)]
        secret: Option<String>,
    },
    /// `X-Shopify-Hmac-Sha256`.
    #[schema(title = "ShopifyVerification")]
    Shopify {
        /// The app's client secret.
        #[schema(min_length = 16, max_length = 512)]
        secret: Option<String>,
    },
    /// HTTP Basic authentication.
    #[schema(title = "BasicVerification")]
    Basic {
        #[schema(min_length = 1, max_length = 255)]
        username: String,
        #[schema(min_length = 8, max_length = 255)]
        password: Option<String>,
    },
    /// The secret itself in a header.
    #[schema(title = "HeaderVerification")]
    Header {
        #[schema(example = "X-Api-Key", min_length = 1, max_length = 100)]
        header: String,
        #[schema(min_length = 16, max_length = 512)]
        secret: Option<String>,
    },
}

/// How the bytes of a signature are written.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SignatureEncoding)]
pub(crate) enum EncodingSchema {
    Hex,
    Base64,
}

#[cfg(test)]
mod tests {
    use domain::incoming::verification::Scheme;
    use serde_json::Value;
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn the_document_names_every_scheme() {
        let schema = serde_json::to_value(VerificationSchema::schema()).unwrap();
        let name = |one: &Value| {
            one["properties"]["scheme"]["enum"][0]
                .as_str()
                .map(str::to_owned)
        };
        let named: Vec<_> = schema["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(name)
            .collect();
        assert_eq!(named, Scheme::NAMES);
    }
}
