//! XML read strictly into a small tree: bounded in size, depth and number, no document type, every prefix declared.
//!
//! Names are a namespace and a local name, never a prefix: senders choose prefixes as they like. A document type may
//! bring entities that mean something else, or grow without end, so any is refused; stylesheets are not looked at.
//! Faults are told by line and hold nothing of the input.

use std::rc::Rc;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

/// What is accepted of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Elements inside one another.
    pub depth: usize,
    /// Elements altogether.
    pub elements: usize,
    /// Attributes of one element.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            depth: 80,
            elements: 300_000,
            attributes: 64,
        }
    }
}

/// Why a document was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct XmlFault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub what: Wrong,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// More bytes, elements or attributes than are accepted.
    #[error("the document is larger than is accepted")]
    TooLarge,
    /// Elements are inside one another too deeply.
    #[error("nested too deeply")]
    TooDeep,
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not well-formed.
    #[error("not well-formed XML")]
    NotWellFormed,
    /// A document type.
    #[error("a document type declaration is not accepted")]
    DocumentType,
    /// A prefix that nothing declares.
    #[error("a prefix that is not declared")]
    UndeclaredPrefix,
    /// An entity other than those of XML itself.
    #[error("an entity that is not accepted")]
    Entity,
}

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    namespace: Option<Rc<str>>,
    name: Box<str>,
    attributes: Vec<Attribute>,
    children: Vec<Child>,
    /// The line on which it begins, from 1.
    pub line: u64,
}

#[derive(Debug)]
struct Attribute {
    namespace: Option<Rc<str>>,
    name: Box<str>,
    value: Box<str>,
}

#[derive(Debug)]
enum Child {
    Element(Element),
    Text(String),
}

impl Element {
    /// Whether it is `name` of `namespace`.
    #[must_use]
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        &*self.name == name && self.namespace.as_deref() == Some(namespace)
    }

    /// Its namespace.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Its name, without a prefix.
    #[must_use]
    pub const fn name(&self) -> &str {
        &self.name
    }

    /// The value of an attribute without a namespace.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_of(None, name)
    }

    /// The value of an attribute of a namespace.
    #[must_use]
    pub fn attribute_of(&self, namespace: Option<&str>, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| &*attribute.name == name && attribute.namespace.as_deref() == namespace)
            .map(|attribute| &*attribute.value)
    }

    /// The elements right inside it.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }

    /// The elements inside it, at any depth, itself first.
    pub fn descendants(&self) -> impl Iterator<Item = &Self> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            let before = waiting.len();
            waiting.extend(next.elements());
            if let Some(added) = waiting.get_mut(before..) {
                added.reverse();
            }
            Some(next)
        })
    }

    /// All text in it, in order, with white space folded.
    #[must_use]
    pub fn text(&self) -> String {
        let mut raw = String::new();
        self.gather_text(&mut raw);
        let words: Vec<&str> = raw.split_whitespace().collect();
        words.join(" ")
    }

    fn gather_text(&self, into: &mut String) {
        for child in &self.children {
            match child {
                Child::Text(text) => into.push_str(text),
                Child::Element(element) => {
                    into.push(' ');
                    element.gather_text(into);
                    into.push(' ');
                }
            }
        }
    }
}

/// Reads a document and gives its root.
///
/// # Errors
/// [`XmlFault`].
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Element, XmlFault> {
    if bytes.len() > limits.bytes {
        return Err(fault(1, Wrong::TooLarge));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let sound = bytes.get(..error.valid_up_to()).unwrap_or_default();
        fault(1 + newlines(sound), Wrong::NotUtf8)
    })?;
    if let Some(at) = one_too_many(text, limits.elements) {
        let before = text.as_bytes().get(..at).unwrap_or_default();
        return Err(fault(1 + newlines(before), Wrong::TooLarge));
    }
    let mut reader = NsReader::from_str(text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_comments = true;
    let mut building = Building {
        text,
        counted: (0, 1),
        limits: *limits,
        namespaces: Vec::new(),
        open: Vec::new(),
        elements: 0,
        declared: false,
        root: None,
    };
    loop {
        let event = reader.read_event();
        let line = building.line(reader.buffer_position());
        let event = event.map_err(|_| fault(line, Wrong::NotWellFormed))?;
        if building.take(&reader, event).map_err(|what| fault(line, what))? {
            break;
        }
    }
    let line = building.line(text.len() as u64);
    building
        .root
        .filter(|_| building.open.is_empty())
        .ok_or_else(|| fault(line, Wrong::NotWellFormed))
}

/// The namespace and name of a document's root, without reading further; `None`: there is none, or it is not sound up to
/// there.
#[must_use]
pub fn root(bytes: &[u8]) -> Option<(Option<String>, String)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // An attribute alone may be as long as the document; a root is found near the beginning or not at all.
    let near = bytes.get(..bytes.len().min(1 << 20)).unwrap_or(bytes);
    let text = match std::str::from_utf8(near) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(near.get(..error.valid_up_to())?).ok()?,
    };
    let mut reader = NsReader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => {
                let (resolved, local) = reader.resolver().resolve_element(start.name());
                let namespace = match resolved {
                    ResolveResult::Bound(namespace) => Some(namespace.as_ref().to_owned()),
                    ResolveResult::Unbound => None,
                    ResolveResult::Unknown(_) => return None,
                };
                return Some((namespace, local.as_ref().to_owned()));
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Text(_) => {}
            _ => return None,
        }
    }
}

/// Where the element begins that is one more than `most`, told before anything is kept of those before it. In a comment, a
/// section of text or an instruction none begins.
fn one_too_many(text: &str, most: usize) -> Option<usize> {
    let (mut elements, mut rest) = (0, text);
    loop {
        let (_, after) = rest.split_once('<')?;
        let end = match after.as_bytes().first()? {
            b'/' => ">",
            b'?' => "?>",
            b'!' if after.starts_with("!--") => "-->",
            b'!' if after.starts_with("![CDATA[") => "]]>",
            // A document type: nothing behind it is read.
            b'!' => return None,
            _ => {
                elements += 1;
                if elements > most {
                    return Some(text.len() - after.len() - 1);
                }
                rest = after;
                continue;
            }
        };
        (_, rest) = after.split_once(end)?;
    }
}

const fn fault(line: u64, what: Wrong) -> XmlFault {
    XmlFault { line, what }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

struct Building<'t> {
    text: &'t str,
    /// Up to which byte lines were counted, and the line there.
    counted: (usize, u64),
    limits: Limits,
    namespaces: Vec<Rc<str>>,
    open: Vec<Element>,
    elements: usize,
    declared: bool,
    root: Option<Element>,
}

impl Building<'_> {
    fn line(&mut self, position: u64) -> u64 {
        let position = usize::try_from(position)
            .unwrap_or(usize::MAX)
            .min(self.text.len());
        let (from, line) = self.counted;
        if let Some(passed) = self.text.as_bytes().get(from..position) {
            self.counted = (position, line + newlines(passed));
        }
        self.counted.1
    }

    /// Takes an event; whether it was the last.
    fn take(&mut self, reader: &NsReader<&[u8]>, event: Event<'_>) -> Result<bool, Wrong> {
        match event {
            Event::Start(start) => self.begin(reader, &start)?,
            Event::End(_) => self.end()?,
            Event::Text(text) => self.add_text(&text.xml10_content())?,
            Event::CData(text) => self.add_text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let written = reference.xml10_content();
                match reference.resolve_char_ref().map_err(|_| Wrong::Entity)? {
                    Some(letter) => self.add_text(letter.encode_utf8(&mut [0; 4]))?,
                    None => self.add_text(resolve_xml_entity(&written).ok_or(Wrong::Entity)?)?,
                }
            }
            Event::DocType(_) => return Err(Wrong::DocumentType),
            Event::Decl(declaration) => {
                // Nothing stands before it, and it stands once (XML 1.0, production 22).
                if self.declared || !self.text.starts_with("<?xml") {
                    return Err(Wrong::NotWellFormed);
                }
                self.declared = true;
                if let Some(encoding) = declaration.encoding() {
                    let encoding = encoding.map_err(|_| Wrong::NotWellFormed)?;
                    if !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("us-ascii") {
                        return Err(Wrong::NotUtf8);
                    }
                }
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return Ok(true),
            Event::Empty(_) => return Err(Wrong::NotWellFormed),
        }
        Ok(false)
    }

    fn begin(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<(), Wrong> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(Wrong::TooLarge);
        }
        if self.open.len() >= self.limits.depth {
            return Err(Wrong::TooDeep);
        }
        if self.root.is_some() {
            return Err(Wrong::NotWellFormed);
        }
        let (namespace, name) = reader.resolver().resolve_element(start.name());
        let mut element = Element {
            namespace: self.namespace(&namespace)?,
            name: name.as_ref().into(),
            line: self.counted.1,
            ..Element::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Wrong::NotWellFormed)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            if element.attributes.len() >= self.limits.attributes {
                return Err(Wrong::TooLarge);
            }
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            element.attributes.push(Attribute {
                namespace: self.namespace(&namespace)?,
                name: name.as_ref().into(),
                value: attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|_| Wrong::Entity)?
                    .into(),
            });
        }
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Wrong> {
        let element = self.open.pop().ok_or(Wrong::NotWellFormed)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Child::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn add_text(&mut self, text: &str) -> Result<(), Wrong> {
        let Some(parent) = self.open.last_mut() else {
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(Wrong::NotWellFormed)
            };
        };
        if let Some(Child::Text(before)) = parent.children.last_mut() {
            before.push_str(text);
        } else if !text.trim().is_empty() {
            parent.children.push(Child::Text(text.to_owned()));
        }
        Ok(())
    }

    fn namespace(&mut self, resolved: &ResolveResult<'_>) -> Result<Option<Rc<str>>, Wrong> {
        let uri = match resolved {
            ResolveResult::Unbound => return Ok(None),
            ResolveResult::Bound(namespace) => namespace.0,
            ResolveResult::Unknown(_) => return Err(Wrong::UndeclaredPrefix),
        };
        if let Some(known) = self.namespaces.iter().find(|known| &***known == uri) {
            return Ok(Some(Rc::clone(known)));
        }
        let uri: Rc<str> = uri.into();
        self.namespaces.push(Rc::clone(&uri));
        Ok(Some(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> XmlFault {
        parse(text.as_bytes(), &Limits::default()).unwrap_err()
    }

    #[test]
    fn names_are_namespaces_and_text_is_in_order() {
        let root = parse(
            br#"<?xml version="1.0" encoding="UTF-8"?><!-- x --><h:a xmlns:h="urn:h" xmlns:x="urn:x" b="1 &lt; 2" x:b="3">one
                <h:c>two</h:c>th&#114;ee &amp; four<![CDATA[ <five>]]></h:a>"#,
            &Limits::default(),
        )
        .unwrap();
        assert!(root.is("urn:h", "a") && !root.is("urn:x", "a"));
        assert_eq!(root.attribute("b"), Some("1 < 2"));
        assert_eq!(root.attribute_of(Some("urn:x"), "b"), Some("3"));
        assert_eq!(root.text(), "one two three & four <five>");
        assert_eq!(root.elements().next().unwrap().line, 2);
        assert_eq!(root.descendants().count(), 2);
    }

    #[test]
    fn what_is_hostile_or_broken_is_refused_with_its_line() {
        let entity = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
        assert_eq!(wrong(entity).what, Wrong::DocumentType);
        assert_eq!(wrong("<a>\n\n&Xyloquent;</a>"), fault(3, Wrong::Entity));
        assert_eq!(wrong("<a b='&Xyloquent;'/>").what, Wrong::Entity);
        assert_eq!(wrong("<a>\n<q:b/></a>"), fault(2, Wrong::UndeclaredPrefix));
        for broken in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "x<a/>",
            "<a b='1' b='2'/>",
            "<a/>x",
            "<!-- first --><?xml version='1.0'?><a/>",
            "<?xml version='1.0'?><?xml version='1.0'?><a/>",
        ] {
            assert_eq!(wrong(broken).what, Wrong::NotWellFormed, "{broken}");
        }
        assert_eq!(wrong(&"<a>".repeat(200)).what, Wrong::TooDeep);
        let many: String = (0..65).map(|at| format!(" a{at}='1'")).collect();
        assert_eq!(wrong(&format!("<a{many}/>")).what, Wrong::TooLarge);
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a/>";
        assert_eq!(parse(latin, &Limits::default()).unwrap_err().what, Wrong::NotUtf8);
        assert_eq!(
            parse(b"<a>\n\xff</a>", &Limits::default()).unwrap_err(),
            fault(2, Wrong::NotUtf8)
        );
        let small = Limits {
            elements: 2,
            ..Limits::default()
        };
        assert_eq!(
            parse(b"<a><b/>\n<c/></a>", &small).unwrap_err(),
            fault(2, Wrong::TooLarge)
        );
        let apart = b"<?x <c> ?><a><!-- <c> --><b>1 &lt; 2 <![CDATA[ <c><d/> ]]></b></a><!-- <e/> -->";
        assert!(parse(apart, &small).is_ok());
    }
}
