//! Has isomdl check what is ours, and writes what it issues for edl to check:
//! interop-rs DIR prints a line of JSON for each check and for each file made.

use std::collections::BTreeMap;
use std::path::Path;

use ciborium::Value;
use isomdl::cbor;
use isomdl::definitions::device_key::cose_key::{EC2Curve, EC2Y};
use isomdl::definitions::device_response::DeviceResponse;
use isomdl::definitions::issuer_signed::IssuerSigned;
use isomdl::definitions::session::SessionTranscript;
use isomdl::definitions::x509::X5Chain;
use isomdl::definitions::x509::trust_anchor::{PemTrustAnchor, TrustAnchorRegistry, TrustPurpose};
use isomdl::definitions::x509::validation::ValidationRuleset;
use isomdl::definitions::{CoseKey, DeviceKeyInfo, DigestAlgorithm, ValidityInfo};
use isomdl::issuance::Mdoc;
use isomdl::presentation::authentication::mdoc::{device_authentication, issuer_authentication};
use p256::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A transcript of any handover, as it was sent.
#[derive(Clone, Serialize, Deserialize)]
struct Transcript(Value);
impl SessionTranscript for Transcript {}

fn line(way: &str, what: &str, ok: bool, note: &str) {
    let entry = serde_json::json!({"peer": "crate isomdl", "version": "0.2.0", "way": way, "what": what, "ok": ok, "note": note});
    println!("{entry}");
}

fn main() {
    let dir = std::env::args().nth(1).expect("a folder");
    let dir = Path::new(&dir);
    let read = |name: &str| std::fs::read(dir.join(name)).expect(name);
    let response = read("response.bin");
    match check(dir, &response) {
        Ok(()) => line("they check ours", "DeviceResponse: chain and profile, issuer and device signature", true, ""),
        Err(e) => line("they check ours", "DeviceResponse: chain and profile, issuer and device signature", false, &e.to_string()),
    }
    let mut altered = response.clone();
    let at = altered.len() - 20; // in the device signature
    altered[at] ^= 1;
    match check(dir, &altered) {
        Ok(()) => line("they check ours", "DeviceResponse with one bit altered", false, "accepted"),
        Err(e) => line("they check ours", "DeviceResponse with one bit altered", true, &format!("refused: {e}").chars().take(90).collect::<String>()),
    }
    match issue(dir) {
        Ok(b) => std::fs::write(dir.join("theirs-isomdl"), b).expect("writing"),
        Err(e) => line("we check theirs", "IssuerSigned", false, &format!("it made none: {e}")),
    }
}

fn check(dir: &Path, response: &[u8]) -> Result<()> {
    let response: DeviceResponse = cbor::from_slice(response)?;
    let documents = response.documents.ok_or("no documents")?;
    let document = documents.iter().next().ok_or("no document")?;
    let unprotected = &document.issuer_signed.issuer_auth.inner.unprotected.rest;
    let (_, chain) = unprotected.iter().find(|(label, _)| format!("{label:?}").contains("33")).ok_or("no x5chain")?;
    let chain = X5Chain::from_cbor(chain.clone()).map_err(|e| format!("{e:?}"))?;
    let anchors = TrustAnchorRegistry::from_pem_certificates(vec![PemTrustAnchor {
        certificate_pem: String::from_utf8(std::fs::read(dir.join("root.pem"))?)?,
        purpose: TrustPurpose::Iaca,
    }])?;
    let outcome = ValidationRuleset::Mdl.validate(&chain, &anchors);
    if !outcome.success() {
        return Err(outcome.errors.join("; ").into());
    }
    issuer_authentication(chain, &document.issuer_signed).map_err(|e| format!("{e:?}"))?;
    let hex = std::fs::read_to_string(dir.join("transcript.hex"))?;
    let bytes: Vec<u8> = (0..hex.trim().len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16)).collect::<std::result::Result<_, _>>()?;
    let tagged: Value = cbor::from_slice(&bytes)?;
    let inner = match tagged {
        Value::Tag(24, inner) => inner.into_bytes().map_err(|_| "no bytes in tag 24")?,
        _ => return Err("no tag 24".into()),
    };
    let transcript = Transcript(cbor::from_slice(&inner)?);
    device_authentication(document, transcript).map_err(|e| format!("{e:?}").into())
}

fn scalar(dir: &Path, name: &str, member: &str) -> Result<Vec<u8>> {
    let jwk: serde_json::Value = serde_json::from_slice(&std::fs::read(dir.join(name))?)?;
    Ok(base64::decode_config(jwk[member].as_str().ok_or("no member")?, base64::URL_SAFE_NO_PAD)?)
}

fn issue(dir: &Path) -> Result<Vec<u8>> {
    let text = |s: &str| Value::Text(s.to_string());
    let elements: BTreeMap<String, Value> = [
        ("family_name", text("Lin")),
        ("given_name", text("Yi")),
        ("birth_date", Value::Tag(1004, Box::new(text("1990-05-06")))),
        ("issuing_country", text("CN")),
        ("document_number", text("000000199005060012")),
        ("age_over_18", Value::Bool(true)),
        ("portrait", Value::Bytes(std::fs::read(dir.join("portrait.bin"))?)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value))
    .collect();
    let namespaces = [("org.iso.18013.5.1".to_string(), elements)].into_iter().collect();
    let now = OffsetDateTime::now_utc().replace_nanosecond(0)? - Duration::seconds(5);
    let device_key = CoseKey::EC2 { crv: EC2Curve::P256, x: scalar(dir, "holder.jwk", "x")?, y: EC2Y::Value(scalar(dir, "holder.jwk", "y")?) };
    let chain = X5Chain::builder().with_pem_certificate(&std::fs::read(dir.join("signer.pem"))?)?.build()?;
    let signer = SigningKey::from_slice(&scalar(dir, "signer.jwk", "d")?)?;
    let mdoc = Mdoc::builder()
        .doc_type("org.iso.18013.5.1.mDL".to_string())
        .namespaces(namespaces)
        .validity_info(ValidityInfo { signed: now, valid_from: now, valid_until: now + Duration::days(30), expected_update: None })
        .digest_algorithm(DigestAlgorithm::SHA256)
        .device_key_info(DeviceKeyInfo { device_key, key_authorizations: None, key_info: None })
        .issue::<SigningKey, Signature>(chain, signer)?;
    let issued = IssuerSigned { namespaces: Some(mdoc.namespaces), issuer_auth: mdoc.issuer_auth };
    Ok(cbor::to_vec(&issued)?)
}
