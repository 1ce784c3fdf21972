//! Objects that exist in real servers and are recognised here with kind, name and text.

/// `CREATE|ALTER|DROP` of such an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectStatement {
    /// What is done.
    pub action: ObjectAction,
    /// To what.
    pub kind: ObjectKind,
    /// Its name, or number of a spatial reference system.
    pub name: String,
    /// The whole statement as written.
    pub text: String,
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectAction {
    /// `CREATE`
    Create,
    /// `ALTER`
    Alter,
    /// `DROP`
    Drop,
}

/// Kinds of such objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// `TABLESPACE`
    Tablespace,
    /// `UNDO TABLESPACE`
    UndoTablespace,
    /// `LOGFILE GROUP`
    LogfileGroup,
    /// `SERVER`
    Server,
    /// `SPATIAL REFERENCE SYSTEM`
    SpatialReferenceSystem,
    /// `RESOURCE GROUP`
    ResourceGroup,
}
