//! From the elements of a statement (columns, keys, constraints) to a [`Draft`].

use understudy_base::error::MysqlError;
use understudy_sql::ast::{
    CheckSpec, ColumnAttribute, ColumnSpec, DefaultSpec, EngineOption, EngineOptionValue,
    ForeignAction, ForeignKeySpec, IndexOption, IndexSpec, KeyKind, KeyTarget, References,
    TableElement,
};
use understudy_storage::Catalog;
use understudy_storage::schema::{
    ColumnDef, DefaultValue, Flavour, Generated, IndexKind, ReferentialAction,
};
use understudy_values::types::{CollationId, ColumnType};

use super::column_type;
use super::context::StatementContext;
use super::defaults;
use super::draft::{
    Draft, DraftCheck, DraftColumn, DraftForeignKey, DraftKey, DraftPart, same_name,
};
use super::expression;
use crate::errors;

/// Where elements go and what they are read under.
pub(crate) struct Elements<'a> {
    pub ctx: &'a StatementContext,
    pub catalog: &'a Catalog,
    /// Database of the table.
    pub db: &'a str,
    /// Table name.
    pub table: &'a str,
    /// Collation of columns that name none.
    pub collation: CollationId,
    /// Engine of the table: foreign keys are dropped for engines without them.
    pub engine: &'a str,
    /// `KEY_BLOCK_SIZE` of the table.
    pub key_block_size: u64,
}

impl Elements<'_> {
    /// Adds one element to the draft.
    pub fn add(&self, draft: &mut Draft, element: &TableElement) -> Result<(), MysqlError> {
        match element {
            TableElement::Column(column) => {
                let made = self.column(draft, column)?;
                draft.columns.push(made);
                Ok(())
            }
            TableElement::Index(index) => {
                draft.keys.push(self.index(index)?);
                Ok(())
            }
            TableElement::ForeignKey(fk) => self.foreign_key(draft, fk),
            TableElement::Check(check) => self.check(draft, check),
            TableElement::Period(_) => Err(errors::unsupported("PERIOD FOR")),
        }
    }

    /// A column; the keys and constraints in its attributes go into the draft.
    pub fn column(&self, draft: &mut Draft, spec: &ColumnSpec) -> Result<DraftColumn, MysqlError> {
        let flavour = self.ctx.flavour;
        let collate = spec.attributes.iter().rev().find_map(|a| match a {
            ColumnAttribute::Collate(name) => Some(name.as_str()),
            _ => None,
        });
        let resolved =
            column_type::resolve(&spec.name, &spec.ty, collate, self.collation, self.ctx)?;
        let mut column = DraftColumn {
            def: ColumnDef {
                name: spec.name.clone(),
                ty: resolved.ty,
                nullable: true,
                default: DefaultValue::None,
                on_update_now: None,
                auto_increment: resolved.serial,
                generated: None,
                invisible: false,
                explicit_charset: resolved.explicit_charset,
                explicit_collation: collate.is_some(),
                attributes: Vec::new(),
                check: None,
                comment: String::new(),
            },
            explicit_null: false,
            explicit_default: false,
            old_name: None,
        };
        let mut state = Attributes {
            default: None,
            not_null: resolved.serial,
        };
        if resolved.serial {
            draft.keys.push(plain_key(IndexKind::Unique, &spec.name));
        }
        for attribute in &spec.attributes {
            self.attribute(draft, &mut column, &mut state, attribute)?;
        }
        column.def.nullable = !state.not_null;
        if resolved.json_check && column.def.check.is_none() {
            let name = spec.name.replace('`', "``");
            column.def.check = Some(format!("json_valid(`{name}`)"));
        }
        self.default(&mut column, state.default)?;
        if !flavour.mariadb && flavour.version < 80000 {
            column.def.explicit_charset = false;
            column.def.explicit_collation = false;
        }
        Ok(column)
    }

    fn attribute<'s>(
        &self,
        draft: &mut Draft,
        column: &mut DraftColumn,
        state: &mut Attributes<'s>,
        attribute: &'s ColumnAttribute,
    ) -> Result<(), MysqlError> {
        let flavour = self.ctx.flavour;
        let def = &mut column.def;
        match attribute {
            ColumnAttribute::Null => {
                state.not_null = false;
                column.explicit_null = true;
            }
            ColumnAttribute::NotNull => {
                state.not_null = true;
                column.explicit_null = false;
            }
            ColumnAttribute::Default(default) => state.default = Some(default),
            ColumnAttribute::OnUpdateNow(fsp) => {
                let fsp = fsp.unwrap_or(0);
                def.on_update_now = Some(on_update_fsp(&def.ty, &def.name, fsp, flavour)?);
            }
            ColumnAttribute::AutoIncrement => {
                def.auto_increment = true;
                state.not_null = true;
            }
            ColumnAttribute::SerialDefaultValue => {
                def.auto_increment = true;
                state.not_null = true;
                draft.keys.push(plain_key(IndexKind::Unique, &def.name));
            }
            ColumnAttribute::Unique => draft.keys.push(plain_key(IndexKind::Unique, &def.name)),
            ColumnAttribute::PrimaryKey => {
                state.not_null = true;
                draft.keys.push(plain_key(IndexKind::Primary, &def.name));
            }
            ColumnAttribute::Comment(text) => def.comment.clone_from(text),
            ColumnAttribute::Collate(_) => {}
            ColumnAttribute::Generated { expr, stored, .. } => {
                def.generated = Some(Generated {
                    expression: expression::generated(expr, self.ctx)?,
                    stored: stored.unwrap_or(false),
                });
            }
            ColumnAttribute::RowBound(_) => {
                return Err(errors::unsupported("GENERATED ALWAYS AS ROW START/END"));
            }
            ColumnAttribute::ColumnFormat(format) => {
                if format != "DEFAULT" {
                    def.attributes
                        .push(format!("/*!50606 COLUMN_FORMAT {format} */"));
                }
            }
            ColumnAttribute::Storage(storage) => {
                if storage != "DEFAULT" {
                    def.attributes
                        .insert(0, format!("/*!50606 STORAGE {storage} */"));
                }
            }
            ColumnAttribute::Visible => def.invisible = false,
            ColumnAttribute::Invisible => def.invisible = true,
            ColumnAttribute::Srid(number) => set_srid(&mut def.ty, *number),
            ColumnAttribute::Check(check) => self.column_check(draft, def, check)?,
            ColumnAttribute::References(references) => {
                let honoured = flavour.version >= if flavour.mariadb { 100500 } else { 90000 };
                if honoured {
                    let columns = vec![def.name.clone()];
                    self.foreign_key_of(draft, None, None, columns, references)?;
                }
            }
            ColumnAttribute::Compressed(method) => {
                let method = method.as_ref().map(|m| format!("={m}")).unwrap_or_default();
                def.attributes
                    .push(format!("/*M!100301 COMPRESSED{method}*/"));
            }
            ColumnAttribute::SystemVersioning(_) => {
                return Err(errors::unsupported("SYSTEM VERSIONING"));
            }
            ColumnAttribute::EngineAttribute(text) => {
                def.attributes.push(format!(
                    "/*!80021 ENGINE_ATTRIBUTE '{}' */",
                    text.replace('\'', "''")
                ));
            }
            ColumnAttribute::SecondaryEngineAttribute(text) => {
                def.attributes.push(format!(
                    "/*!80021 SECONDARY_ENGINE_ATTRIBUTE '{}' */",
                    text.replace('\'', "''")
                ));
            }
            ColumnAttribute::NotSecondary => {
                def.attributes.push("NOT SECONDARY".to_owned());
            }
            ColumnAttribute::EngineDefined(option) => {
                def.attributes.push(engine_option(option, flavour));
            }
        }
        Ok(())
    }

    /// The DEFAULT clause, or what its absence means.
    fn default(
        &self,
        column: &mut DraftColumn,
        written: Option<&DefaultSpec>,
    ) -> Result<(), MysqlError> {
        let flavour = self.ctx.flavour;
        let timestamp = matches!(column.def.ty, ColumnType::Timestamp { .. });
        if timestamp
            && !self.ctx.explicit_defaults_for_timestamp
            && !column.explicit_null
            && column.def.generated.is_none()
        {
            column.def.nullable = false;
        }
        if let Some(written) = written {
            column.explicit_default = true;
            column.def.default = defaults::resolve(&column.def, written, self.ctx)?;
        } else if column.def.nullable
            && column.def.generated.is_none()
            && !column.def.auto_increment
        {
            column.def.default = DefaultValue::Null;
        } else if column
            .def
            .attributes
            .iter()
            .any(|a| a.contains("COMPRESSED"))
            && !column.def.nullable
        {
            // MariaDB gives a compressed column a default of its own.
            column.def.default = DefaultValue::Literal(String::new());
        }
        let blob = matches!(
            column.def.ty,
            ColumnType::Text { .. } | ColumnType::Blob { .. }
        );
        if blob && !flavour.mariadb && column.def.default == DefaultValue::Null {
            column.def.default = DefaultValue::None;
        }
        Ok(())
    }

    fn column_check(
        &self,
        draft: &mut Draft,
        def: &mut ColumnDef,
        check: &CheckSpec,
    ) -> Result<(), MysqlError> {
        if self.ctx.flavour.mariadb {
            def.check = Some(expression::check(&check.expr, self.ctx)?);
            return Ok(());
        }
        self.check(draft, check)
    }

    /// A CHECK of the table.
    pub fn check(&self, draft: &mut Draft, check: &CheckSpec) -> Result<(), MysqlError> {
        let flavour = self.ctx.flavour;
        if !flavour.mariadb && flavour.version < 80016 {
            return Ok(());
        }
        draft.checks.push(DraftCheck {
            name: check.constraint.clone().flatten(),
            expression: expression::check(&check.expr, self.ctx)?,
            enforced: check.enforced.unwrap_or(true),
        });
        Ok(())
    }

    /// A key.
    pub fn index(&self, spec: &IndexSpec) -> Result<DraftKey, MysqlError> {
        let flavour = self.ctx.flavour;
        let mut key = DraftKey {
            name: spec
                .name
                .clone()
                .or_else(|| spec.constraint.clone().flatten()),
            kind: index_kind(spec.kind),
            parts: Vec::with_capacity(spec.parts.len()),
            using: None,
            comment: String::new(),
            options: Vec::new(),
            invisible: false,
            generated: false,
            number: None,
        };
        for part in &spec.parts {
            let descending = part.descending.unwrap_or(false);
            key.parts.push(match &part.target {
                KeyTarget::Column { name, length } => DraftPart {
                    column: Some(name.clone()),
                    prefix: length.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
                    descending,
                    expression: None,
                },
                KeyTarget::Expr(expr) => DraftPart {
                    column: None,
                    prefix: None,
                    descending,
                    expression: Some(expression::key_part(expr, self.ctx)?),
                },
                KeyTarget::WithoutOverlaps(_) => {
                    return Err(errors::unsupported("WITHOUT OVERLAPS"));
                }
            });
        }
        for option in &spec.options {
            self.index_option(&mut key, option, flavour);
        }
        Ok(key)
    }

    fn index_option(&self, key: &mut DraftKey, option: &IndexOption, flavour: Flavour) {
        match option {
            IndexOption::Using(algorithm) => {
                let modern = !flavour.mariadb && flavour.version >= 80000;
                let dropped = modern
                    && algorithm == "HASH"
                    && (self.engine.eq_ignore_ascii_case("InnoDB")
                        || self.engine.eq_ignore_ascii_case("MyISAM"));
                key.using = (!dropped).then(|| algorithm.clone());
            }
            IndexOption::KeyBlockSize(size) => {
                let modern = !flavour.mariadb && flavour.version >= 80000;
                let innodb = self.engine.eq_ignore_ascii_case("InnoDB");
                let printed = if self.engine.eq_ignore_ascii_case("MyISAM") {
                    (*size).max(1024)
                } else {
                    *size
                };
                if printed != self.key_block_size && !(modern && innodb) && *size != 0 {
                    key.options.push(format!("KEY_BLOCK_SIZE={printed}"));
                }
            }
            IndexOption::Parser(name) => {
                key.options
                    .push(format!("/*!50100 WITH PARSER `{name}` */ "));
            }
            IndexOption::Comment(text) => key.comment.clone_from(text),
            IndexOption::Visible => key.invisible = false,
            IndexOption::Invisible => key.invisible = true,
            IndexOption::Ignored(ignored) => key.invisible = *ignored,
            IndexOption::Clustering(on) => key
                .options
                .push(format!("`clustering`={}", if *on { "YES" } else { "NO" })),
            IndexOption::EngineAttribute(text) => key.options.push(format!(
                "/*!80021 ENGINE_ATTRIBUTE '{}' */",
                text.replace('\'', "''")
            )),
            IndexOption::SecondaryEngineAttribute(text) => key.options.push(format!(
                "/*!80021 SECONDARY_ENGINE_ATTRIBUTE '{}' */",
                text.replace('\'', "''")
            )),
            IndexOption::EngineDefined(option) => {
                key.options.push(engine_option(option, flavour));
            }
        }
    }

    /// A foreign key and the key that the server makes for it.
    pub fn foreign_key(&self, draft: &mut Draft, spec: &ForeignKeySpec) -> Result<(), MysqlError> {
        self.foreign_key_of(
            draft,
            spec.constraint.clone().flatten(),
            spec.index_name.clone(),
            spec.columns.clone(),
            &spec.references,
        )
    }

    fn foreign_key_of(
        &self,
        draft: &mut Draft,
        constraint: Option<String>,
        index_name: Option<String>,
        columns: Vec<String>,
        references: &References,
    ) -> Result<(), MysqlError> {
        draft.keys.push(DraftKey {
            name: constraint.clone().or_else(|| index_name.clone()),
            kind: IndexKind::Plain,
            parts: columns
                .iter()
                .map(|name| DraftPart {
                    column: Some(name.clone()),
                    prefix: None,
                    descending: false,
                    expression: None,
                })
                .collect(),
            using: None,
            comment: String::new(),
            options: Vec::new(),
            invisible: false,
            generated: true,
            number: None,
        });
        if !has_foreign_keys(self.engine) {
            return Ok(());
        }
        let ctx = self.ctx;
        let parent_db = ctx.fold_name(references.table.db.as_deref().unwrap_or(self.db));
        let parent_table = ctx.fold_name(&references.table.name);
        let parent_columns = if references.columns.is_empty() {
            self.parent_primary_key(draft, &parent_db, &parent_table)
        } else {
            references.columns.clone()
        };
        draft.foreign_keys.push(DraftForeignKey {
            name: constraint.or_else(|| index_name.filter(|_| ctx.flavour.mariadb)),
            columns,
            parent_db,
            parent_table,
            parent_columns,
            on_delete: action(references.on_delete),
            on_update: action(references.on_update),
        });
        Ok(())
    }

    fn parent_primary_key(&self, draft: &Draft, db: &str, table: &str) -> Vec<String> {
        if same_name(db, self.db) && same_name(table, self.table) {
            let own = draft.keys.iter().find(|k| k.kind == IndexKind::Primary);
            return own
                .map(|k| k.parts.iter().filter_map(|p| p.column.clone()).collect())
                .unwrap_or_default();
        }
        let Some(parent) = self.catalog.table(db, table) else {
            return Vec::new();
        };
        parent
            .indexes
            .iter()
            .filter(|i| i.kind == IndexKind::Primary)
            .flat_map(|i| &i.parts)
            .filter_map(|p| parent.columns.get(usize::from(p.column?)))
            .map(|c| c.name.clone())
            .collect()
    }
}

/// What attributes have said so far; later ones win.
struct Attributes<'a> {
    default: Option<&'a DefaultSpec>,
    not_null: bool,
}

/// The first TIMESTAMP column of a statement gets both automatic clauses, further NOT NULL ones a zero date,
/// when `explicit_defaults_for_timestamp` is off.
pub(crate) fn promote_timestamps(columns: &mut [&mut DraftColumn], ctx: &StatementContext) {
    if ctx.explicit_defaults_for_timestamp {
        return;
    }
    let mut first = true;
    for column in columns {
        let ColumnType::Timestamp { fsp, .. } = column.def.ty else {
            continue;
        };
        let bare = !column.def.nullable
            && !column.explicit_default
            && column.def.on_update_now.is_none()
            && column.def.generated.is_none();
        if first && bare {
            column.def.default = DefaultValue::Now { fsp };
            column.def.on_update_now = Some(fsp);
        } else if !column.def.nullable && !column.explicit_default && column.def.generated.is_none()
        {
            column.def.default = super::implicit::default_value(&column.def.ty);
        }
        first = false;
    }
}

fn on_update_fsp(
    ty: &ColumnType,
    name: &str,
    written: u32,
    flavour: Flavour,
) -> Result<u8, MysqlError> {
    let invalid = || {
        MysqlError::new(
            1294,
            format!("Invalid ON UPDATE clause for '{name}' column"),
        )
    };
    match ty {
        ColumnType::Timestamp { fsp, .. } | ColumnType::DateTime { fsp, .. } => {
            if flavour.mariadb || u32::from(*fsp) == written {
                Ok(*fsp)
            } else {
                Err(invalid())
            }
        }
        _ => Err(invalid()),
    }
}

fn set_srid(ty: &mut ColumnType, number: u64) {
    if let ColumnType::Geometry { srid, .. } = ty {
        *srid = u32::try_from(number).ok();
    }
}

fn plain_key(kind: IndexKind, column: &str) -> DraftKey {
    DraftKey {
        name: None,
        kind,
        parts: vec![DraftPart {
            column: Some(column.to_owned()),
            prefix: None,
            descending: false,
            expression: None,
        }],
        using: None,
        comment: String::new(),
        options: Vec::new(),
        invisible: false,
        generated: false,
        number: None,
    }
}

fn index_kind(kind: KeyKind) -> IndexKind {
    match kind {
        KeyKind::Primary => IndexKind::Primary,
        KeyKind::Unique => IndexKind::Unique,
        KeyKind::Plain => IndexKind::Plain,
        KeyKind::Fulltext => IndexKind::Fulltext,
        KeyKind::Spatial => IndexKind::Spatial,
        KeyKind::Vector => IndexKind::Vector,
    }
}

fn action(action: Option<ForeignAction>) -> ReferentialAction {
    match action {
        None => ReferentialAction::Unspecified,
        Some(ForeignAction::Restrict) => ReferentialAction::Restrict,
        Some(ForeignAction::Cascade) => ReferentialAction::Cascade,
        Some(ForeignAction::SetNull) => ReferentialAction::SetNull,
        Some(ForeignAction::NoAction) => ReferentialAction::NoAction,
        Some(ForeignAction::SetDefault) => ReferentialAction::SetDefault,
    }
}

/// Engines that keep foreign keys.
fn has_foreign_keys(engine: &str) -> bool {
    engine.eq_ignore_ascii_case("InnoDB") || engine.eq_ignore_ascii_case("ndbcluster")
}

/// An engine-defined option as SHOW CREATE TABLE prints it: 11.x quotes every value.
pub(crate) fn engine_option(option: &EngineOption, flavour: Flavour) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let all_quoted = flavour.version >= 110700;
    let value = match &option.value {
        EngineOptionValue::Text(text) => quoted(text),
        EngineOptionValue::Word(text) if all_quoted => quoted(text),
        EngineOptionValue::Word(text) => text.clone(),
        EngineOptionValue::Number(n) if all_quoted => quoted(&n.to_string()),
        EngineOptionValue::Number(n) => n.to_string(),
        EngineOptionValue::Default => "DEFAULT".to_owned(),
    };
    format!("`{}`={value}", option.name)
}
