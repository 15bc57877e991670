//! The only crate that touches `ring`, `openssl` and `vrf-r255`, behind types of our own: digests, sealing bound to its
//! place, blind indexes, signatures, labels that only one key can make, agency certificates and tokens.
//!
//! Nothing here asks the clock, and keys, nonces and serial numbers come from the [`gateway_types::Entropy`] that is
//! passed in (the signature schemes' inner randomness excepted, which their libraries draw themselves). Every secret
//! is overwritten when dropped and hidden in `Debug`.

pub mod certificates;
pub mod tokens;

mod blind;
mod digest;
mod entropy;
mod key_text;
mod master;
mod seal;
mod secret;
mod signing;
mod spool;
mod vrf;

pub use blind::{BlindIndex, BlindIndexer};
pub use certificates::Thumbprint;
pub use digest::{Digest, InvalidDigest, RunningDigest, hmac_sha256};
pub use entropy::{DrawnAhead, SystemEntropy};
pub use key_text::KeyTextError;
pub use master::{KeyTag, MasterKey};
pub use seal::{OpenError, Place, SealError, Sealer, open_with, seal_with};
pub use secret::Secret;
pub use signing::{BadSignature, SigningKey, verify_ed25519};
pub use spool::{ChunkPosition, SpoolSealer};
pub use vrf::{LabelKey, LabelProof, LabelVerifier, NotTheLabel};
pub use zeroize::Zeroizing;

#[cfg(test)]
mod testing;
