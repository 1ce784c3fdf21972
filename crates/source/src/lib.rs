//! Binary log dump to replicas; the scripted demonstration source
