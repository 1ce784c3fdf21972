//! MySQL dialect: lexer, syntax tree, parser, printer
