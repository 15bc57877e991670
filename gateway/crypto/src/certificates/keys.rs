//! P-256 private keys (FIPS 186-5) from the entropy that is passed in.

use gateway_types::Entropy;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use zeroize::Zeroizing;

use super::CertificateError;

/// A fresh P-256 key. A draw outside 1..n is drawn again (FIPS 186-5 A.2.2), about once in 2^32.
pub(crate) fn generate_p256(entropy: &dyn Entropy) -> Result<PKey<Private>, CertificateError> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let mut context = BigNumContext::new()?;
    let mut order = BigNum::new()?;
    group.order(&mut order, &mut context)?;
    let zero = BigNum::new()?;
    let mut drawn = Zeroizing::new([0u8; 32]);
    let private = loop {
        entropy.fill(drawn.as_mut())?;
        let mut candidate = BigNum::new_secure()?;
        candidate.copy_from_slice(drawn.as_ref())?;
        if candidate > zero && candidate < order {
            break candidate;
        }
    };
    let mut public = EcPoint::new(&group)?;
    public.mul_generator2(&group, &private, &mut context)?;
    let key = EcKey::from_private_components(&group, &private, &public)?;
    Ok(PKey::from_ec_key(key)?)
}
