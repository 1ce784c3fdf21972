//! MySQL client/server protocol codec: packets, handshake, commands, result sets; no I/O
