//! MySQL protocol server: sessions, accounts, variables, administration
