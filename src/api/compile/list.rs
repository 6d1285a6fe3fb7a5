//! The order of a page: only by what an index gives at this place.

use async_graphql_value::ConstValue;

use super::{Compiled, Compiler};
use crate::api::schema::meaning::Many;
use crate::api::schema::{MOST_ORDERS, fallback_order};
use crate::error::Code;
use crate::plan::read::Order;

impl Compiler<'_> {
    /// The orders asked for, or those of the list itself; none: by id.
    pub(super) fn order(&self, many: Many, asked: Option<&ConstValue>) -> Compiled<Vec<Order>> {
        let Some(ConstValue::List(asked)) = asked else {
            return Ok(self.fallback(many));
        };
        if asked.len() > MOST_ORDERS {
            let message = format!("there are {} orders, and {MOST_ORDERS} is the limit", asked.len());
            return self.refuse(Code::BadUserInput, message, &["orderBy"]);
        }
        let mut orders = Vec::with_capacity(asked.len());
        for (place, one) in asked.iter().enumerate() {
            let order = self.one_order(many, one, &place.to_string())?;
            if orders.iter().any(|known: &Order| known.column == order.column) {
                let place = place.to_string();
                return self.refuse(
                    Code::BadUserInput,
                    "the same field orders twice",
                    &["orderBy", &place],
                );
            }
            orders.push(order);
        }
        Ok(orders)
    }

    fn fallback(&self, many: Many) -> Vec<Order> {
        let column = fallback_order(self.ask.catalog.get(many.resource), many.by);
        let order = |column| Order {
            column,
            descending: false,
            argument: self.argument_path(&["orderBy"]),
        };
        column.map(order).into_iter().collect()
    }

    fn one_order(&self, many: Many, asked: &ConstValue, place: &str) -> Compiled<Order> {
        let word = |name: &str| match asked {
            ConstValue::Object(fields) => match fields.get(name) {
                Some(ConstValue::Enum(word)) => Some(word.as_str()),
                _ => None,
            },
            _ => None,
        };
        let surface = self.ask.surface.resource(many.resource);
        let column = surface.and_then(|surface| {
            surface
                .orders
                .iter()
                .find(|(known, _)| Some(known.as_str()) == word("field"))
        });
        let Some((name, column)) = column else {
            return self.refuse(
                Code::BadUserInput,
                "an order that is not known",
                &["orderBy", place],
            );
        };
        let resource = self.ask.catalog.get(many.resource);
        if !resource.orderable(*column, many.by) {
            let message = format!(
                "{} cannot be ordered by {name} here, because no index gives them so; the description of orderBy names what can",
                resource.plural
            );
            return self.refuse(Code::BadUserInput, message, &["orderBy", place, "field"]);
        }
        Ok(Order {
            column: *column,
            descending: word("direction") == Some("DESC"),
            argument: self.argument_path(&["orderBy", place, "field"]),
        })
    }
}
