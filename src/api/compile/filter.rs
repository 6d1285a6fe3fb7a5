//! From a filter input to a filter: every field and operator given must fit. Whether the asker may filter by a
//! column is not decided here.

use async_graphql::indexmap::IndexMap;
use async_graphql_value::{ConstValue, Name};
use unicode_normalization::UnicodeNormalization;

use super::{Compiled, Compiler};
use crate::address::Address;
use crate::api::schema::meaning::Many;
use crate::api::schema::{
    DEEPEST_FILTER, FilterField, MOST_FILTER_LEAVES, MOST_VALUES, Operand, read_instant,
};
use crate::catalog::{Resource, ResourceId};
use crate::cell::Cell;
use crate::error::{Code, Refusal};
use crate::plan::read::{Comparison, Filter};

type Object = IndexMap<Name, ConstValue>;

impl Compiler<'_> {
    /// The filter asked for.
    pub(super) fn filter(&self, many: Many, asked: Option<&ConstValue>) -> Compiled<Option<Filter>> {
        let Some(ConstValue::Object(asked)) = asked else {
            return Ok(None);
        };
        let mut reader = FilterReader {
            compiler: self,
            many,
            resource: self.ask.catalog.get(many.resource),
            leaves: 0,
            path: self.argument_path(&["filter"]),
        };
        let filter = reader
            .object(asked, 0)
            .map_err(|refusal| match refusal.field.is_empty() {
                true => refusal.at(reader.path.clone()),
                false => refusal,
            })?;
        Ok(filter)
    }

    /// The id of a row of this resource.
    pub(super) fn id_of(&self, text: &str, resource: ResourceId) -> Result<Cell, Refusal> {
        let resource = self.ask.catalog.get(resource);
        match self.ask.ids.decode(text) {
            Some((tag, id)) if tag == resource.tag() => Ok(Cell::Uuid(id)),
            _ => Err(Refusal::new(
                Code::InvalidId,
                format!("this is no id of a {}", resource.name),
            )),
        }
    }
}

struct FilterReader<'c, 'a> {
    compiler: &'c Compiler<'a>,
    many: Many,
    resource: &'a Resource,
    leaves: usize,
    /// The path of the input field that is being read.
    path: Vec<String>,
}

type Read<T> = Result<T, Refusal>;

impl FilterReader<'_, '_> {
    fn object(&mut self, asked: &Object, depth: usize) -> Read<Option<Filter>> {
        let mut all = Vec::new();
        for (name, value) in asked.iter().filter(|(_, value)| **value != ConstValue::Null) {
            self.path.push(name.to_string());
            let found = match (name.as_str(), value) {
                ("and", ConstValue::List(items)) => Some(Filter::And(self.several(items, depth)?)),
                ("or", ConstValue::List(items)) => Some(Filter::Or(self.several(items, depth)?)),
                ("not", ConstValue::Object(inner)) => {
                    self.enter(depth)?;
                    self.object(inner, depth + 1)?
                        .map(|inner| Filter::Not(Box::new(inner)))
                }
                (name, ConstValue::Object(operators)) => self.column(name, operators)?,
                _ => return Err(Refusal::new(Code::BadUserInput, "a filter that is not known")),
            };
            all.extend(found);
            self.path.pop();
        }
        Ok(match all.len() {
            0 => None,
            1 => all.pop(),
            _ => Some(Filter::And(all)),
        })
    }

    fn enter(&self, depth: usize) -> Read<()> {
        if depth < DEEPEST_FILTER {
            return Ok(());
        }
        let message = format!("and, or and not are nested deeper than {DEEPEST_FILTER} levels");
        Err(Refusal::new(Code::BadUserInput, message))
    }

    fn several(&mut self, items: &[ConstValue], depth: usize) -> Read<Vec<Filter>> {
        self.enter(depth)?;
        let mut filters = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            self.path.push(place.to_string());
            let inner = match item {
                ConstValue::Object(inner) => self.object(inner, depth + 1)?,
                _ => None,
            };
            filters.push(
                inner.ok_or_else(|| Refusal::new(Code::BadUserInput, "the filter is empty; leave it out"))?,
            );
            self.path.pop();
        }
        if filters.is_empty() {
            return Err(Refusal::new(
                Code::BadUserInput,
                "the list of filters is empty; leave it out",
            ));
        }
        Ok(filters)
    }

    fn column(&mut self, name: &str, operators: &Object) -> Read<Option<Filter>> {
        let surface = self.compiler.ask.surface.resource(self.many.resource);
        let field = surface.and_then(|surface| surface.filters.iter().find(|field| field.name == name));
        let Some(field) = field else {
            return Err(Refusal::new(Code::BadUserInput, "a filter that is not known"));
        };
        if !self.resource.filterable(field.column, self.many.by) {
            let message = format!(
                "{} cannot be filtered by {name} here, because no index finds them so; the description of filter names what can",
                self.resource.plural
            );
            return Err(Refusal::new(Code::BadUserInput, message));
        }
        let mut all = Vec::with_capacity(operators.len());
        for (operator, value) in operators {
            self.path.push(operator.to_string());
            self.leaves += 1;
            if self.leaves > MOST_FILTER_LEAVES {
                let message = format!("the filter has more than {MOST_FILTER_LEAVES} comparisons");
                return Err(Refusal::new(Code::BadUserInput, message));
            }
            let comparison = self.comparison(field, operator, value)?;
            self.path.pop();
            all.push(Filter::Compare {
                column: field.column,
                comparison,
                argument: self.path.clone(),
            });
        }
        Ok(match all.len() {
            0 => None,
            1 => all.pop(),
            _ => Some(Filter::And(all)),
        })
    }

    fn comparison(&self, field: &FilterField, operator: &str, value: &ConstValue) -> Read<Comparison> {
        // A variable that is null by mistake must not open the whole list.
        if *value == ConstValue::Null {
            let message = format!("{operator} is null; to ask for rows without a value, use isNull");
            return Err(Refusal::new(Code::BadUserInput, message));
        }
        let one = || self.cell(&field.operand, value);
        Ok(match operator {
            "equals" => Comparison::Equal(one()?),
            "notEquals" => Comparison::NotEqual(one()?),
            "lessThan" | "to" => Comparison::Less(one()?),
            "lessThanOrEqual" => Comparison::LessOrEqual(one()?),
            "greaterThan" => Comparison::Greater(one()?),
            "greaterThanOrEqual" | "from" => Comparison::GreaterOrEqual(one()?),
            "in" => Comparison::In(self.cells(&field.operand, value)?),
            "startsWith" => Comparison::StartsWith(beginning(&field.operand, value)?),
            "isNull" => Comparison::IsNull(*value == ConstValue::Boolean(true)),
            _ => return Err(Refusal::new(Code::BadUserInput, "an operator that is not known")),
        })
    }

    fn cells(&self, operand: &Operand, value: &ConstValue) -> Read<Vec<Cell>> {
        let ConstValue::List(items) = value else {
            return Ok(vec![self.cell(operand, value)?]);
        };
        if items.is_empty() || items.len() > MOST_VALUES {
            let message = format!("in takes 1 to {MOST_VALUES} values and got {}", items.len());
            return Err(Refusal::new(Code::BadUserInput, message));
        }
        items.iter().map(|item| self.cell(operand, item)).collect()
    }

    fn cell(&self, operand: &Operand, value: &ConstValue) -> Read<Cell> {
        if let (Operand::Id(resource), ConstValue::String(text)) = (operand, value) {
            return self.compiler.id_of(text, *resource);
        }
        leaf(operand, value)
            .ok_or_else(|| Refusal::new(Code::BadUserInput, "a value that does not fit the column"))
    }
}

/// A value for a column; ids are not among them.
pub(super) fn leaf(operand: &Operand, value: &ConstValue) -> Option<Cell> {
    match (operand, value) {
        (Operand::Text, ConstValue::String(text)) => Some(Cell::from(text.as_str())),
        (Operand::Address, ConstValue::String(text)) => Address::parse(text)
            .ok()
            .map(|address| Cell::from(address.normalized)),
        (Operand::Int, ConstValue::Number(number)) => number.as_i64().map(Cell::Int),
        (Operand::BigInt, ConstValue::String(text)) => text.parse().ok().map(Cell::Int),
        (Operand::Boolean, ConstValue::Boolean(value)) => Some(Cell::Bool(*value)),
        (Operand::Instant, ConstValue::String(text)) => read_instant(text).map(Cell::Instant),
        (Operand::Word(words), ConstValue::Enum(name)) => words
            .iter()
            .find(|word| word.eq_ignore_ascii_case(name))
            .map(|word| Cell::from(word.as_str())),
        _ => None,
    }
}

fn beginning(operand: &Operand, value: &ConstValue) -> Read<String> {
    match (operand, value) {
        (_, ConstValue::String(text)) if text.is_empty() || text.len() > 1_000 => Err(Refusal::new(
            Code::BadUserInput,
            "startsWith takes 1 to 1,000 bytes of text",
        )),
        // What is compared is the normal form of addresses; its beginning is normal in the same way.
        (Operand::Address, ConstValue::String(text)) => {
            Ok(text.trim().nfc().collect::<String>().to_lowercase())
        }
        (_, ConstValue::String(text)) => Ok(text.clone()),
        _ => Err(Refusal::new(
            Code::BadUserInput,
            "a value that does not fit the column",
        )),
    }
}
