//! XML on its way out: a tree of elements, written with everything escaped, so that no value can become markup.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element.
pub(super) struct Node {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    inside: Vec<Inside>,
}

enum Inside {
    Element(Node),
    Text(String),
}

/// An element of this name, empty.
pub(super) const fn node(name: &'static str) -> Node {
    Node {
        name,
        attributes: Vec::new(),
        inside: Vec::new(),
    }
}

impl Node {
    /// With an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.attributes.push((name, allowed(value.as_ref())));
        self
    }

    /// With an element inside.
    pub(super) fn holding(mut self, element: Self) -> Self {
        self.inside.push(Inside::Element(element));
        self
    }

    /// With elements inside: none, one or several.
    pub(super) fn all(mut self, elements: impl IntoIterator<Item = Self>) -> Self {
        self.inside.extend(elements.into_iter().map(Inside::Element));
        self
    }

    /// With text inside.
    pub(super) fn saying(mut self, text: impl AsRef<str>) -> Self {
        self.inside.push(Inside::Text(allowed(text.as_ref())));
        self
    }
}

/// The text with what XML 1.0 has no way to write replaced.
fn allowed(text: &str) -> String {
    let can_be_written = |letter: char| match letter {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    };
    let written = |letter| {
        if can_be_written(letter) {
            letter
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    text.chars().map(written).collect()
}

/// The document of this root, in UTF-8.
///
/// # Errors
/// None that is known: what is written to is memory.
pub(super) fn written(root: &Node) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    write(root, &mut writer)?;
    Ok(writer.into_inner())
}

fn write(node: &Node, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let mut start = BytesStart::new(node.name);
    for (name, value) in &node.attributes {
        start.push_attribute((*name, value.as_str()));
    }
    if node.inside.is_empty() {
        return writer.write_event(Event::Empty(start));
    }
    writer.write_event(Event::Start(start))?;
    for inside in &node.inside {
        match inside {
            Inside::Element(element) => write(element, writer)?,
            Inside::Text(text) => writer.write_event(Event::Text(BytesText::new(text)))?,
        }
    }
    writer.write_event(Event::End(BytesEnd::new(node.name)))
}
