//! Keys and folders for the tests.

use std::sync::Arc;

use gateway_crypto::{BlindIndexer, MasterKey, Sealer, SystemEntropy};
use gateway_store_sql::Crypto;
use gateway_types::KeyId;

pub(crate) fn crypto() -> Crypto {
    let master = MasterKey::generate(KeyId::new("test").unwrap(), &SystemEntropy).unwrap();
    Crypto {
        sealer: Arc::new(Sealer::new(&master, &[])),
        blind: BlindIndexer::new(&master),
        entropy: Arc::new(SystemEntropy),
    }
}
