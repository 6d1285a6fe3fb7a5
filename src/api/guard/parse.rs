//! From text to async-graphql's [`ExecutableDocument`], with bounds: tokens are counted as they are read and
//! nesting has a limit, so no text can use up the stack.
//!
//! Not async-graphql's own parser, because that panics on a lone surrogate in a string (`"\ud800"`), recurses
//! on nested values without a bound, forgets all but the last of two input fields with one name, and takes
//! ten times as long. Knows no types.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, Directive, DocumentOperations, ExecutableDocument, FragmentDefinition, OperationDefinition,
    OperationType, Type, TypeCondition, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned};

use super::Limits;
use super::lexer::{Kind, Lexer, Stop, Token};
use crate::api::answer::GraphqlError;
use crate::error::{Code, quote};

pub(super) type Parsed<T> = Result<T, GraphqlError>;

/// The document, or why it is none.
pub(super) fn parse(source: &str, limits: &Limits) -> Parsed<ExecutableDocument> {
    let mut parser = Parser::new(source, limits)?;
    let mut definitions = Definitions::default();
    while parser.token.kind != Kind::End {
        parser.definition(&mut definitions)?;
    }
    definitions.into_document()
}

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    pub(super) token: Token<'a>,
    depth: usize,
    max_depth: usize,
    max_tokens: usize,
}

#[derive(Default)]
struct Definitions {
    lone: Option<Positioned<OperationDefinition>>,
    operations: HashMap<Name, Positioned<OperationDefinition>>,
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
}

impl Definitions {
    fn operation(&mut self, name: Option<Name>, definition: Positioned<OperationDefinition>) -> Parsed<()> {
        let at = definition.pos;
        if self.lone.is_some() || (name.is_none() && !self.operations.is_empty()) {
            return Err(invalid("an operation without a name must be the only one", at));
        }
        match name {
            None => self.lone = Some(definition),
            Some(name) => {
                if self.operations.contains_key(&name) {
                    return Err(invalid("two operations with one name", at));
                }
                self.operations.insert(name, definition);
            }
        }
        Ok(())
    }

    fn into_document(self) -> Parsed<ExecutableDocument> {
        let operations = match self.lone {
            Some(lone) => DocumentOperations::Single(lone),
            None if self.operations.is_empty() => {
                return Err(GraphqlError::new(
                    Code::ParseFailed,
                    "the document holds no operation",
                ));
            }
            None => DocumentOperations::Multiple(self.operations),
        };
        Ok(ExecutableDocument {
            operations,
            fragments: self.fragments,
        })
    }
}

impl<'a> Parser<'a> {
    fn new(source: &'a str, limits: &Limits) -> Parsed<Self> {
        let start = Token {
            kind: Kind::End,
            text: "",
            at: Pos::default(),
        };
        let mut parser = Parser {
            lexer: Lexer::new(source, limits.tokens),
            token: start,
            depth: 0,
            max_depth: limits.nesting,
            max_tokens: limits.tokens,
        };
        parser.advance()?;
        Ok(parser)
    }

    /// The current token; the next one becomes current.
    pub(super) fn advance(&mut self) -> Parsed<Token<'a>> {
        let next = self.lexer.token().map_err(|stop| match stop {
            Stop::Syntax(what, at) => syntax(what, at),
            Stop::TooMany => GraphqlError::new(
                Code::DocumentTooLarge,
                format!("the document has more than {} tokens", self.max_tokens),
            ),
        })?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    pub(super) fn is_mark(&self, mark: u8) -> bool {
        self.token.kind == Kind::Mark(mark)
    }

    pub(super) fn eat(&mut self, mark: u8) -> Parsed<bool> {
        let found = self.is_mark(mark);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, mark: u8) -> Parsed<()> {
        if self.eat(mark)? {
            return Ok(());
        }
        Err(self.unexpected(&format!("expected {}", char::from(mark))))
    }

    fn is_word(&self, word: &str) -> bool {
        self.token.kind == Kind::Name && self.token.text == word
    }

    pub(super) fn unexpected(&self, expected: &str) -> GraphqlError {
        let found = match self.token.kind {
            Kind::End => "the end".to_owned(),
            Kind::Spread => "...".to_owned(),
            Kind::Mark(mark) => char::from(mark).to_string(),
            Kind::Name => quote(self.token.text),
            Kind::Int | Kind::Float => "a number".to_owned(),
            Kind::Text | Kind::Block => "a string".to_owned(),
        };
        syntax(&format!("{expected}, found {found}"), self.token.at)
    }

    /// Runs `inner` one level deeper.
    pub(super) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= self.max_depth {
            let message = format!("the document nests deeper than {} levels", self.max_depth);
            return Err(GraphqlError::new(Code::DocumentTooLarge, message).at(self.token.at));
        }
        self.depth += 1;
        let outcome = inner(self);
        self.depth -= 1;
        outcome
    }

    pub(super) fn name(&mut self) -> Parsed<Positioned<Name>> {
        if self.token.kind != Kind::Name {
            return Err(self.unexpected("expected a name"));
        }
        let token = self.advance()?;
        Ok(Positioned::new(Name::new(token.text), token.at))
    }

    fn definition(&mut self, definitions: &mut Definitions) -> Parsed<()> {
        let at = self.token.at;
        if self.is_mark(b'{') {
            let selection_set = self.selection_set()?;
            let operation = OperationDefinition {
                ty: OperationType::Query,
                variable_definitions: Vec::new(),
                directives: Vec::new(),
                selection_set,
            };
            return definitions.operation(None, Positioned::new(operation, at));
        }
        let kind = match self.token.text {
            "query" => OperationType::Query,
            "mutation" => OperationType::Mutation,
            "subscription" => OperationType::Subscription,
            "fragment" => return self.fragment(definitions),
            _ => return Err(self.unexpected("expected an operation or a fragment")),
        };
        if self.token.kind != Kind::Name {
            return Err(self.unexpected("expected an operation or a fragment"));
        }
        self.advance()?;
        let name = match self.token.kind {
            Kind::Name => Some(self.name()?.node),
            _ => None,
        };
        let operation = OperationDefinition {
            ty: kind,
            variable_definitions: self.variable_definitions()?,
            directives: self.directives(false)?,
            selection_set: self.selection_set()?,
        };
        definitions.operation(name, Positioned::new(operation, at))
    }

    fn fragment(&mut self, definitions: &mut Definitions) -> Parsed<()> {
        if self.token.kind != Kind::Name {
            return Err(self.unexpected("expected an operation or a fragment"));
        }
        let at = self.advance()?.at;
        if self.is_word("on") {
            return Err(self.unexpected("expected the name of a fragment"));
        }
        let name = self.name()?;
        if !self.is_word("on") {
            return Err(self.unexpected("expected on"));
        }
        let fragment = FragmentDefinition {
            type_condition: self.type_condition()?,
            directives: self.directives(false)?,
            selection_set: self.selection_set()?,
        };
        match definitions
            .fragments
            .insert(name.node, Positioned::new(fragment, at))
        {
            Some(_) => Err(invalid("two fragments with one name", name.pos)),
            None => Ok(()),
        }
    }

    /// `on Name`, with `on` as the current token.
    pub(super) fn type_condition(&mut self) -> Parsed<Positioned<TypeCondition>> {
        let at = self.advance()?.at;
        Ok(Positioned::new(TypeCondition { on: self.name()? }, at))
    }

    pub(super) fn at_type_condition(&self) -> bool {
        self.is_word("on")
    }

    fn variable_definitions(&mut self) -> Parsed<Vec<Positioned<VariableDefinition>>> {
        let mut definitions = Vec::new();
        if !self.eat(b'(')? {
            return Ok(definitions);
        }
        loop {
            let at = self.token.at;
            self.expect(b'$')?;
            let name = self.name()?;
            self.expect(b':')?;
            let var_type = self.type_reference()?;
            let default_value = if self.eat(b'=')? {
                Some(self.constant()?)
            } else {
                None
            };
            let definition = VariableDefinition {
                name,
                var_type,
                directives: self.directives(true)?,
                default_value,
            };
            definitions.push(Positioned::new(definition, at));
            if self.eat(b')')? {
                return Ok(definitions);
            }
        }
    }

    fn type_reference(&mut self) -> Parsed<Positioned<Type>> {
        let at = self.token.at;
        let base = if self.eat(b'[')? {
            let item = self.nested(Self::type_reference)?;
            self.expect(b']')?;
            BaseType::List(Box::new(item.node))
        } else {
            BaseType::Named(self.name()?.node)
        };
        let nullable = !self.eat(b'!')?;
        Ok(Positioned::new(Type { base, nullable }, at))
    }

    /// Directives; `constant` where no variables may stand in their arguments.
    pub(super) fn directives(&mut self, constant: bool) -> Parsed<Vec<Positioned<Directive>>> {
        let mut directives = Vec::new();
        while self.is_mark(b'@') {
            let at = self.advance()?.at;
            let directive = Directive {
                name: self.name()?,
                arguments: self.arguments(constant)?,
            };
            directives.push(Positioned::new(directive, at));
        }
        Ok(directives)
    }
}

pub(super) fn syntax(what: &str, at: Pos) -> GraphqlError {
    GraphqlError::new(Code::ParseFailed, what).at(at)
}

pub(super) fn invalid(what: &str, at: Pos) -> GraphqlError {
    GraphqlError::new(Code::ValidationFailed, what).at(at)
}
