//! What the stores share: a single writer, sealing, a blind index. Knows no domain.
