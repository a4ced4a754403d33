//! The tree that a domain's snapshots, and its checkpoints, grow as.

use omnivirt_core::TreeDeleteOptions;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A part of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'n> {
    /// All of it.
    All,
    /// What was made on nothing.
    Roots,
    /// What was made directly on top of this one.
    Children(&'n str),
    /// What was made on top of this one, directly or not.
    Below(&'n str),
}

/// Named values, each made on top of another one or of nothing; at most one of them is current.
#[derive(Debug, Clone)]
pub(crate) struct Tree<T> {
    nodes: BTreeMap<Arc<str>, Node<T>>,
    current: Option<Arc<str>>,
    /// Numbers the nodes, so that lists are in the order in which they were made.
    made: u64,
}

#[derive(Debug, Clone)]
struct Node<T> {
    parent: Option<Arc<str>>,
    order: u64,
    value: T,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self { nodes: BTreeMap::new(), current: None, made: 0 }
    }
}

impl<T> Tree<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.nodes.get(name).map(|node| &node.value)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.nodes.get_mut(name).map(|node| &mut node.value)
    }

    /// Adds a value, or puts it in the place of the one of that name, which keeps its children.
    pub(crate) fn insert(&mut self, name: Arc<str>, parent: Option<Arc<str>>, value: T) {
        let order = self.nodes.get(&name).map_or(self.made, |node| node.order);
        self.made += 1;
        self.nodes.insert(name, Node { parent, order, value });
    }

    pub(crate) fn current(&self) -> Option<&Arc<str>> {
        self.current.as_ref()
    }

    /// Makes the value of that name the current one; with `None`, no one is.
    pub(crate) fn set_current(&mut self, name: Option<Arc<str>>) {
        debug_assert!(name.as_ref().is_none_or(|name| self.nodes.contains_key(name)));
        self.current = name;
    }

    pub(crate) fn parent(&self, name: &str) -> Option<&Arc<str>> {
        self.nodes.get(name)?.parent.as_ref()
    }

    pub(crate) fn has_children(&self, name: &str) -> bool {
        self.nodes.values().any(|node| node.parent.as_deref() == Some(name))
    }

    /// Whether `name` is `ancestor` or was made on top of it.
    pub(crate) fn is_within(&self, name: &str, ancestor: &str) -> bool {
        let mut step = Some(name);
        while let Some(here) = step {
            if here == ancestor {
                return true;
            }
            step = self.parent(here).map(|parent| &**parent);
        }
        false
    }

    /// All names, in the order in which they were made.
    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.within(Scope::All)
    }

    /// The names in a part of the tree, in the order in which they were made.
    pub(crate) fn within(&self, scope: Scope<'_>) -> Vec<Arc<str>> {
        let is_in = |name: &str, node: &Node<T>| match scope {
            Scope::All => true,
            Scope::Roots => node.parent.is_none(),
            Scope::Children(parent) => node.parent.as_deref() == Some(parent),
            Scope::Below(ancestor) => name != ancestor && self.is_within(name, ancestor),
        };
        let mut found: Vec<_> = self.nodes.iter().filter(|(name, node)| is_in(name, node)).collect();
        found.sort_by_key(|(_, node)| node.order);
        found.into_iter().map(|(name, _)| name.clone()).collect()
    }

    /// The names of what is to be deleted where this one is named, parents first.
    pub(crate) fn chosen(&self, name: &str, options: &TreeDeleteOptions) -> Vec<Arc<str>> {
        let mut chosen = if options.children || options.children_only {
            self.within(Scope::Below(name))
        } else {
            Vec::new()
        };
        if !options.children_only {
            chosen.push(name.into());
        }
        self.parents_first(chosen)
    }

    /// Names sorted so that each one comes behind the one that it was made on.
    pub(crate) fn parents_first(&self, mut names: Vec<Arc<str>>) -> Vec<Arc<str>> {
        names.sort_by_cached_key(|name| (self.depth(name), self.nodes.get(name).map(|node| node.order)));
        names
    }

    /// Removes a value; its children move up to its parent, which becomes current if the value was.
    pub(crate) fn remove(&mut self, name: &str) -> Option<T> {
        let node = self.nodes.remove(name)?;
        for child in self.nodes.values_mut().filter(|child| child.parent.as_deref() == Some(name)) {
            child.parent.clone_from(&node.parent);
        }
        if self.current.as_deref() == Some(name) {
            self.current = node.parent;
        }
        Some(node.value)
    }

    fn depth(&self, name: &str) -> usize {
        std::iter::successors(self.parent(name), |parent| self.parent(parent)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `z` on nothing, `a` and `b` on `z`, `c` on `a`; `c` is current.
    fn tree() -> Tree<u32> {
        let mut tree = Tree::default();
        for (value, (name, parent)) in
            [("z", None), ("a", Some("z")), ("b", Some("z")), ("c", Some("a"))].into_iter().enumerate()
        {
            tree.insert(name.into(), parent.map(Into::into), value as u32);
        }
        tree.set_current(Some("c".into()));
        tree
    }

    fn joined(names: &[Arc<str>]) -> String {
        names.join(" ")
    }

    #[test]
    fn lists_are_in_the_order_of_making() {
        let tree = tree();
        assert_eq!(joined(&tree.names()), "z a b c");
        assert_eq!(joined(&tree.within(Scope::Children("z"))), "a b");
        assert_eq!(joined(&tree.within(Scope::Roots)), "z");
        assert_eq!(joined(&tree.within(Scope::Below("z"))), "a b c");
        assert_eq!(joined(&tree.chosen("a", &TreeDeleteOptions::default().children(true))), "a c");
        assert_eq!(joined(&tree.chosen("z", &TreeDeleteOptions::default().children_only(true))), "a b c");
        assert_eq!(joined(&tree.parents_first(vec!["c".into(), "b".into(), "z".into()])), "z b c");
    }

    #[test]
    fn a_removed_value_leaves_its_children_to_its_parent() {
        let mut tree = tree();
        assert_eq!(tree.remove("a"), Some(1));
        assert_eq!(tree.parent("c").map(|name| &**name), Some("z"));
        assert_eq!(tree.remove("c"), Some(3));
        assert_eq!(tree.current().map(|name| &**name), Some("z"));
        assert_eq!(tree.remove("c"), None);
    }

    #[test]
    fn a_value_in_the_place_of_another_keeps_its_children_and_its_turn() {
        let mut tree = tree();
        tree.insert("a".into(), Some("z".into()), 9);
        assert_eq!((tree.get("a"), joined(&tree.names())), (Some(&9), "z a b c".to_owned()));
        assert!(tree.has_children("a") && !tree.has_children("c"));
        assert!(tree.is_within("c", "z") && !tree.is_within("z", "c"));
    }
}
