//! HMAC-SHA256 of the body alone: most providers' way, and what the others are made of.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{CallRefusal, Encoding, HeaderLookup, one};

/// Read with or without padding.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) const GITHUB: BodySignature<'_> = BodySignature {
    header: "X-Hub-Signature-256",
    prefix: "sha256=",
    encoding: Encoding::Hex,
};
pub(super) const SHOPIFY: BodySignature<'_> = BodySignature {
    header: "X-Shopify-Hmac-Sha256",
    prefix: "",
    encoding: Encoding::Base64,
};

/// Where the signature of a body stands.
pub(super) struct BodySignature<'a> {
    pub(super) header: &'a str,
    pub(super) prefix: &'a str,
    pub(super) encoding: Encoding,
}

impl BodySignature<'_> {
    pub(super) fn verify(
        &self,
        secret: &str,
        headers: &impl HeaderLookup,
        body: &[u8],
    ) -> Result<(), CallRefusal> {
        let text = one(headers, self.header)?
            .strip_prefix(self.prefix)
            .ok_or(CallRefusal::Invalid)?;
        let signature = self.encoding.decode(text).ok_or(CallRefusal::Invalid)?;
        any_is_of([signature], secret.as_bytes(), &[body])
    }
}

impl Encoding {
    pub(super) fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => BASE64.decode(text).ok(),
        }
    }
}

/// Whether one of these is the signature of the message. Each is compared in constant time, and all
/// are.
pub(super) fn any_is_of(
    signatures: impl IntoIterator<Item = Vec<u8>>,
    key: &[u8],
    message: &[&[u8]],
) -> Result<(), CallRefusal> {
    // HMAC takes keys of any length; were it otherwise, nothing would be believed.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| CallRefusal::Invalid)?;
    message.iter().for_each(|part| mac.update(part));
    let found = signatures.into_iter().fold(false, |found, signature| {
        mac.clone().verify_slice(&signature).is_ok() | found
    });
    if found {
        Ok(())
    } else {
        Err(CallRefusal::Invalid)
    }
}
