//! Prepared statements: the answer to COM_STMT_PREPARE and the parameters of COM_STMT_EXECUTE and of
//! queries with attributes.

use understudy_values::wire_type::WireType;

use crate::binary::BinaryValue;
use crate::capabilities::Capabilities;
use crate::error::{DecodeError, Reason};
use crate::put::Put;
use crate::reader::Reader;

/// First packet of the answer to COM_STMT_PREPARE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrepareOk {
    /// Number of the statement.
    pub statement_id: u32,
    /// Columns of its result.
    pub columns: u16,
    /// Parameters.
    pub parameters: u16,
    /// Warnings.
    pub warnings: u16,
}

impl PrepareOk {
    /// Reads it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("prepare OK", bytes);
        let mark = r.clone();
        let tag = r.u8()?;
        if tag != 0 {
            return Err(mark.error(Reason::BadTag(u64::from(tag))));
        }
        let statement_id = r.u32()?;
        let columns = r.u16()?;
        let parameters = r.u16()?;
        r.u8()?;
        let warnings = r.u16()?;
        // With OPTIONAL_RESULTSET_METADATA one byte more says whether definitions follow.
        if r.remaining() == 1 {
            r.u8()?;
        }
        r.finish()?;
        Ok(PrepareOk {
            statement_id,
            columns,
            parameters,
            warnings,
        })
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0];
        out.put_u32(self.statement_id);
        out.put_u16(self.columns);
        out.put_u16(self.parameters);
        out.put_u8(0);
        out.put_u16(self.warnings);
        out
    }
}

/// Type of a parameter as bound by the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterType {
    /// Type.
    pub column_type: WireType,
    /// UNSIGNED
    pub unsigned: bool,
}

/// A bound parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name; of query attributes only.
    pub name: Vec<u8>,
    /// Type.
    pub parameter_type: ParameterType,
    /// Value; `None` where COM_STMT_SEND_LONG_DATA has sent it before.
    pub value: Option<BinaryValue>,
}

/// What decoding parameters needs to know of the statement.
#[derive(Clone, Copy, Debug)]
pub struct ParameterContext<'a> {
    /// Number of parameters.
    pub count: u64,
    /// Types bound by an earlier execution, if any.
    pub types: &'a [ParameterType],
    /// For each parameter: COM_STMT_SEND_LONG_DATA was used.
    pub long_data: &'a [bool],
    /// Names come with the types (query attributes).
    pub named: bool,
}

/// Reads null bits, types and values. An empty block of no parameters is not there at all.
pub fn read_parameters(
    r: &mut Reader<'_>,
    context: ParameterContext<'_>,
) -> Result<Vec<Parameter>, DecodeError> {
    if context.count == 0 {
        return Ok(Vec::new());
    }
    let nulls = r.take_u64(context.count.div_ceil(8))?.to_vec();
    let mark = r.clone();
    let new_types = match r.u8()? {
        0 => false,
        1 => true,
        tag => return Err(mark.error(Reason::BadTag(u64::from(tag)))),
    };
    let mut parameters = Vec::new();
    for index in 0..context.count {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let mut name = Vec::new();
        let parameter_type = if new_types {
            let column_type = WireType(r.u8()?);
            let unsigned = r.u8()? & 0x80 != 0;
            if context.named {
                name = r.lenenc_bytes()?.to_vec();
            }
            ParameterType {
                column_type,
                unsigned,
            }
        } else {
            let bound = context.types.get(index).copied();
            bound.ok_or_else(|| mark.error(Reason::Unsupported("a parameter type")))?
        };
        parameters.push(Parameter {
            name,
            parameter_type,
            value: None,
        });
    }
    for (index, parameter) in parameters.iter_mut().enumerate() {
        let null = nulls
            .get(index / 8)
            .is_some_and(|b| b >> (index % 8) & 1 == 1);
        let kind = parameter.parameter_type;
        if null {
            parameter.value = Some(BinaryValue::Null);
        } else if !context.long_data.get(index).is_some_and(|&long| long) {
            let value = BinaryValue::read(r, kind.column_type, kind.unsigned)?;
            parameter.value = Some(value);
        }
    }
    Ok(parameters)
}

/// Writes null bits, types and values; nothing for no parameters.
pub fn write_parameters(parameters: &[Parameter], named: bool, out: &mut Vec<u8>) {
    if parameters.is_empty() {
        return;
    }
    let mut nulls = vec![0u8; parameters.len().div_ceil(8)];
    for (index, parameter) in parameters.iter().enumerate() {
        if parameter.value == Some(BinaryValue::Null)
            && let Some(byte) = nulls.get_mut(index / 8)
        {
            *byte |= 1 << (index % 8);
        }
    }
    out.put_bytes(&nulls);
    out.put_u8(1);
    for parameter in parameters {
        out.put_u8(parameter.parameter_type.column_type.0);
        let unsigned = parameter.parameter_type.unsigned;
        out.put_u8(if unsigned { 0x80 } else { 0 });
        if named {
            out.put_lenenc_bytes(&parameter.name);
        }
    }
    for parameter in parameters {
        if let Some(value) = &parameter.value {
            value.write(parameter.parameter_type.column_type, out);
        }
    }
}

/// COM_STMT_EXECUTE, its parameters not yet read: their number is known to who prepared it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execute {
    /// Number of the statement.
    pub statement_id: u32,
    /// Cursor flags: 0 for none, 1 for read-only, 8 where the number of parameters is sent.
    pub flags: u8,
    /// Null bits, types and values.
    pub parameters: Vec<u8>,
}

impl Execute {
    /// The number of parameters comes with the command.
    pub const PARAMETER_COUNT_AVAILABLE: u8 = 0x08;

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let statement_id = r.u32()?;
        let flags = r.u8()?;
        let mark = r.clone();
        let iterations = r.u32()?;
        if iterations != 1 {
            return Err(mark.error(Reason::BadTag(u64::from(iterations))));
        }
        Ok(Execute {
            statement_id,
            flags,
            parameters: r.rest().to_vec(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.put_u32(self.statement_id);
        out.put_u8(self.flags);
        out.put_u32(1);
        out.put_bytes(&self.parameters);
    }

    /// Reads the parameters. With QUERY_ATTRIBUTES a count precedes them, which may be larger than the
    /// statement's (what is over are attributes), and each type is followed by a name.
    pub fn decode_parameters(
        &self,
        context: ParameterContext<'_>,
        capabilities: Capabilities,
    ) -> Result<Vec<Parameter>, DecodeError> {
        let mut r = Reader::new("execute parameters", &self.parameters);
        let mut context = context;
        let counted = self.flags & Self::PARAMETER_COUNT_AVAILABLE != 0;
        if capabilities.contains(Capabilities::QUERY_ATTRIBUTES) && (context.count > 0 || counted) {
            let mark = r.clone();
            let count = r.lenenc()?;
            if count < context.count {
                return Err(mark.error(Reason::BadTag(count)));
            }
            context.count = count;
            context.named = true;
        }
        // A count cannot be larger than the bytes that carry its null bits allow.
        let limit = (r.remaining() as u64).saturating_mul(8);
        if context.count > limit {
            return Err(r.error(Reason::OverLimit {
                length: context.count,
                limit,
            }));
        }
        let parameters = read_parameters(&mut r, context)?;
        r.finish()?;
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_util::check_message;

    #[test]
    fn prepare_ok_round_trips() {
        let ok = PrepareOk {
            statement_id: 7,
            columns: 3,
            parameters: 2,
            warnings: 1,
        };
        assert_eq!(
            check_message(&ok.encode(), PrepareOk::decode, PrepareOk::encode),
            ok
        );
    }

    fn parameter(column_type: WireType, value: BinaryValue) -> Parameter {
        Parameter {
            name: Vec::new(),
            parameter_type: ParameterType {
                column_type,
                unsigned: false,
            },
            value: Some(value),
        }
    }

    #[test]
    fn parameters_round_trip_and_fail_at_every_cut() {
        let parameters = vec![
            parameter(WireType::LONGLONG, BinaryValue::Int(-5)),
            parameter(WireType::NULL, BinaryValue::Null),
            parameter(WireType::VAR_STRING, BinaryValue::Bytes(b"x".to_vec())),
        ];
        let mut bytes = Vec::new();
        write_parameters(&parameters, false, &mut bytes);
        let context = ParameterContext {
            count: 3,
            types: &[],
            long_data: &[],
            named: false,
        };
        let mut execute = Execute {
            statement_id: 1,
            flags: 0,
            parameters: bytes.clone(),
        };
        let decode = |e: &Execute| e.decode_parameters(context, Capabilities::NONE);
        assert_eq!(decode(&execute).unwrap(), parameters);
        for cut in 0..bytes.len() {
            execute.parameters.truncate(bytes.len() - 1 - cut);
            assert!(decode(&execute).is_err());
        }
    }

    #[test]
    fn query_attributes_follow_the_parameters() {
        let mut attribute = parameter(WireType::STRING, BinaryValue::Bytes(b"v".to_vec()));
        attribute.name = b"trace".to_vec();
        let parameters = vec![parameter(WireType::TINY, BinaryValue::Int(1)), attribute];
        let mut bytes = vec![2];
        write_parameters(&parameters, true, &mut bytes);
        let mut execute = Execute {
            statement_id: 1,
            flags: 0,
            parameters: bytes,
        };
        let context = ParameterContext {
            count: 1,
            types: &[],
            long_data: &[],
            named: false,
        };
        for flags in [0, Execute::PARAMETER_COUNT_AVAILABLE] {
            execute.flags = flags;
            let got = execute.decode_parameters(context, Capabilities::QUERY_ATTRIBUTES);
            assert_eq!(got.unwrap(), parameters);
        }
        execute.parameters[0] = 0;
        let got = execute.decode_parameters(context, Capabilities::QUERY_ATTRIBUTES);
        assert!(got.is_err());
    }

    #[test]
    fn types_of_an_earlier_execution_serve() {
        let types = [ParameterType {
            column_type: WireType::TINY,
            unsigned: true,
        }];
        let execute = Execute {
            statement_id: 1,
            flags: 0,
            parameters: vec![0, 0, 200],
        };
        let mut context = ParameterContext {
            count: 1,
            types: &types,
            long_data: &[],
            named: false,
        };
        let got = execute
            .decode_parameters(context, Capabilities::NONE)
            .unwrap();
        assert_eq!(got[0].value, Some(BinaryValue::UInt(200)));
        context.types = &[];
        assert!(
            execute
                .decode_parameters(context, Capabilities::NONE)
                .is_err()
        );
        context.count = u64::MAX;
        assert!(
            execute
                .decode_parameters(context, Capabilities::NONE)
                .is_err()
        );
    }
}
