//! Words that must never be found outside a sealed record: a test takes them and searches everything written.

use std::collections::HashSet;

use crate::clinics::other_names;
use crate::names::is_rare;
use crate::person::Person;
use crate::police::heard_first_name;
use crate::town::Town;

/// A full name shorter than this could be part of an ordinary word or of another name.
const SHORTEST_NAME: usize = 8;

/// Every personal word of the town: full names (also as the hospital and the police write them), family names that
/// are not everyday words, social security numbers in both forms, birth dates in ISO and US form.
///
/// Birth dates of children are left out, since they are near enough to the present to be found for other reasons.
pub fn markers(town: &Town) -> impl Iterator<Item = String> {
    let town = *town;
    let mut seen = HashSet::new();
    (0..town.clients()).flat_map(move |client| {
        let person = town.person(client);
        let mut words = names(&town, &person);
        if is_rare(&person.last_name) && seen.insert(person.last_name.clone()) {
            words.push(person.last_name.clone());
        }
        words.push(person.ssn.digits());
        words.push(person.ssn.dashed());
        let birth = person.birth_date;
        if birth.years_until(town.today()) >= 18 {
            words.push(birth.to_string());
            words.push(format!(
                "{:02}/{:02}/{:04}",
                birth.month(),
                birth.day(),
                birth.year()
            ));
        }
        words
    })
}

fn names(town: &Town, person: &Person) -> Vec<String> {
    let of_hospital = other_names(town, person);
    let of_police = heard_first_name(town, person.index);
    let mut pairs = vec![
        (person.first_name.clone(), person.last_name.clone()),
        (of_police, person.last_name.clone()),
    ];
    pairs.extend(of_hospital);
    pairs.dedup();
    pairs
        .into_iter()
        .flat_map(|(first, last)| [format!("{first} {last}"), format!("{last}, {first}")])
        .filter(|name| name.chars().count() >= SHORTEST_NAME)
        .collect()
}

#[cfg(test)]
mod tests {
    use gateway_types::Date;

    use super::*;

    #[test]
    fn the_cast_is_among_them_in_every_form() {
        let town = Town::new(1, 500, Date::new(2026, 11, 10).unwrap());
        let words: HashSet<String> = markers(&town).collect();
        for wanted in [
            "Rosa Delgado-Quill",
            "Delgado-Quill",
            "921047713",
            "921-04-7713",
            "1987-04-19",
            "04/19/1987",
            "Brightwater, Tamsin",
            "Marc Oyelaran-Finch",
            "Tamsin Brgihtwater",
            "Stroud",
        ] {
            assert!(words.contains(wanted), "{wanted}");
        }
    }

    #[test]
    fn none_is_an_everyday_word_or_a_staff_handle() {
        let town = Town::new(1, 5_000, Date::new(2026, 11, 10).unwrap());
        let staff = ["a-rivera", "k-nguyen", "d-whitfield"];
        for word in markers(&town) {
            assert!(word.chars().count() >= 6, "{word}");
            assert!(
                !staff.iter().any(|handle| handle.contains(&word.to_lowercase())),
                "{word}"
            );
        }
    }
}
