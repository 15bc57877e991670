//! Tokens: what is accepted and every way in which one is refused.
