//! The inner half of the grammar: selections, arguments and values. Knows no definitions.

use async_graphql::parser::types::{Field, FragmentSpread, InlineFragment, Selection, SelectionSet};
use async_graphql::{Name, Number, Positioned, Value as ConstValue};
use async_graphql_value::Value;

use super::lexer::{Kind, Token};
use super::parse::{Parsed, Parser, invalid, syntax};
use super::text;

type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

impl Parser<'_> {
    pub(super) fn selection_set(&mut self) -> Parsed<Positioned<SelectionSet>> {
        let at = self.token.at;
        self.expect(b'{')?;
        let items = self.nested(|parser| {
            let mut items = Vec::with_capacity(8);
            loop {
                items.push(parser.selection()?);
                if parser.eat(b'}')? {
                    return Ok(items);
                }
            }
        })?;
        Ok(Positioned::new(SelectionSet { items }, at))
    }

    fn selection(&mut self) -> Parsed<Positioned<Selection>> {
        let at = self.token.at;
        let selection = match self.token.kind {
            Kind::Spread => self.spread()?,
            _ => Selection::Field(Positioned::new(self.field()?, at)),
        };
        Ok(Positioned::new(selection, at))
    }

    fn field(&mut self) -> Parsed<Field> {
        let first = self.name()?;
        let (alias, name) = if self.eat(b':')? {
            (Some(first), self.name()?)
        } else {
            (None, first)
        };
        Ok(Field {
            alias,
            name,
            arguments: self.arguments(false)?,
            directives: self.directives(false)?,
            selection_set: match self.is_mark(b'{') {
                true => self.selection_set()?,
                false => Positioned::default(),
            },
        })
    }

    fn spread(&mut self) -> Parsed<Selection> {
        let at = self.advance()?.at;
        if self.token.kind == Kind::Name && !self.at_type_condition() {
            let spread = FragmentSpread {
                fragment_name: self.name()?,
                directives: self.directives(false)?,
            };
            return Ok(Selection::FragmentSpread(Positioned::new(spread, at)));
        }
        let type_condition = match self.at_type_condition() {
            true => Some(self.type_condition()?),
            false => None,
        };
        let fragment = InlineFragment {
            type_condition,
            directives: self.directives(false)?,
            selection_set: self.selection_set()?,
        };
        Ok(Selection::InlineFragment(Positioned::new(fragment, at)))
    }

    pub(super) fn arguments(&mut self, constant: bool) -> Parsed<Arguments> {
        let mut arguments = Vec::new();
        if !self.eat(b'(')? {
            return Ok(arguments);
        }
        loop {
            let name = self.name()?;
            self.expect(b':')?;
            let at = self.token.at;
            arguments.push((name, Positioned::new(self.value(constant)?, at)));
            if self.eat(b')')? {
                return Ok(arguments);
            }
        }
    }

    /// A value without variables.
    pub(super) fn constant(&mut self) -> Parsed<Positioned<ConstValue>> {
        let at = self.token.at;
        let value = self.value(true)?;
        let constant = value.into_const_with(|_| Err(syntax("a variable where none may stand", at)))?;
        Ok(Positioned::new(constant, at))
    }

    fn value(&mut self, constant: bool) -> Parsed<Value> {
        match self.token.kind {
            Kind::Mark(b'$') if !constant => {
                self.advance()?;
                Ok(Value::Variable(self.name()?.node))
            }
            Kind::Mark(b'[') => self.nested(|parser| parser.list(constant)),
            Kind::Mark(b'{') => self.nested(|parser| parser.object(constant)),
            Kind::Name => {
                let token = self.advance()?;
                Ok(match token.text {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    "null" => Value::Null,
                    name => Value::Enum(Name::new(name)),
                })
            }
            Kind::Int | Kind::Float => {
                let token = self.advance()?;
                number(token).map(Value::Number)
            }
            Kind::Text => {
                let token = self.advance()?;
                let unescaped = text::unescape(token.text);
                unescaped
                    .map(Value::String)
                    .ok_or_else(|| syntax("a string with an unknown escape", token.at))
            }
            Kind::Block => Ok(Value::String(text::block(self.advance()?.text))),
            Kind::Mark(_) | Kind::Spread | Kind::End => Err(self.unexpected("expected a value")),
        }
    }

    fn list(&mut self, constant: bool) -> Parsed<Value> {
        self.advance()?;
        let mut items = Vec::new();
        while !self.eat(b']')? {
            items.push(self.value(constant)?);
        }
        Ok(Value::List(items))
    }

    fn object(&mut self, constant: bool) -> Parsed<Value> {
        self.advance()?;
        let mut fields = async_graphql::indexmap::IndexMap::new();
        while !self.eat(b'}')? {
            let name = self.name()?;
            self.expect(b':')?;
            let value = self.value(constant)?;
            if fields.insert(name.node, value).is_some() {
                return Err(invalid("two input fields with one name", name.pos));
            }
        }
        Ok(Value::Object(fields))
    }
}

/// An integer stays one where 64 bits hold it; `-0` is the integer 0.
fn number(token: Token<'_>) -> Parsed<Number> {
    if token.kind == Kind::Int {
        if let Ok(whole) = token.text.parse::<i64>() {
            return Ok(whole.into());
        }
        if let Ok(whole) = token.text.parse::<u64>() {
            return Ok(whole.into());
        }
    }
    let float = token.text.parse::<f64>().ok().and_then(Number::from_f64);
    float.ok_or_else(|| syntax("a number that is too large", token.at))
}
