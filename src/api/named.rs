//! A list that keeps its order and finds by name. Knows nothing of what it lists.

use std::collections::HashMap;
use std::sync::Arc;

/// Things in the order they were added, found by name.
#[derive(Clone, Debug)]
pub struct Named<T> {
    items: Vec<T>,
    index: HashMap<Arc<str>, u32>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named {
            items: Vec::new(),
            index: HashMap::new(),
        }
    }
}

impl<T> Named<T> {
    /// Adds one; false when the name is taken, and then nothing is added.
    pub fn add(&mut self, name: Arc<str>, item: T) -> bool {
        if self.index.contains_key(&name) {
            return false;
        }
        let place = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.index.insert(name, place);
        self.items.push(item);
        true
    }

    /// The one with this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.items.get(*self.index.get(name)? as usize)
    }

    /// All, in the order they were added.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
