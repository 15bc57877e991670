//! How hard a text is to read: Flesch-Kincaid grade for English, the INFLESZ scale of Flesch-Szigriszt for Spanish.

/// Sentences, words and syllables of a text. A line is a sentence of its own.
fn counts(text: &str, syllables: impl Fn(&str) -> usize) -> (f64, f64, f64) {
    let (mut sentences, mut words, mut sounds) = (0usize, 0usize, 0usize);
    for sentence in text.split(['.', '!', '?', ':', '\n']) {
        let spoken: Vec<String> = sentence
            .split(|letter: char| !letter.is_alphabetic() && letter != '\u{2019}')
            .filter(|word| word.chars().any(char::is_alphabetic))
            .map(str::to_lowercase)
            .collect();
        if spoken.is_empty() {
            continue;
        }
        sentences += 1;
        words += spoken.len();
        sounds += spoken.iter().map(|word| syllables(word).max(1)).sum::<usize>();
    }
    (sentences as f64, words as f64, sounds as f64)
}

/// The school grade that an English text needs.
pub(super) fn flesch_kincaid_grade(text: &str) -> f64 {
    let (sentences, words, syllables) = counts(text, english_syllables);
    0.39 * words / sentences + 11.8 * syllables / words - 15.59
}

/// How easy a Spanish text is: 55 to 65 normal, above 65 quite easy.
pub(super) fn inflesz(text: &str) -> f64 {
    let (sentences, words, syllables) = counts(text, spanish_syllables);
    206.835 - 62.3 * syllables / words - words / sentences
}

fn english_syllables(word: &str) -> usize {
    let vowel = |letter: char| "aeiouy".contains(letter);
    let letters: Vec<char> = word.chars().collect();
    let mut groups = 0;
    let mut before = false;
    for letter in &letters {
        groups += usize::from(vowel(*letter) && !before);
        before = vowel(*letter);
    }
    let silent = (word.ends_with('e') && !word.ends_with("le") && !word.ends_with("ee"))
        || (word.ends_with("ed") && !word.ends_with("ted") && !word.ends_with("ded"));
    if silent && groups > 1 { groups - 1 } else { groups }
}

/// A strong vowel, or a weak one with its accent, is the heart of a syllable; weak ones beside it belong to it.
fn spanish_syllables(word: &str) -> usize {
    let strong = |letter: char| "aeoáéíóú".contains(letter);
    let weak = |letter: char| "iuüy".contains(letter);
    let word = word
        .replace("que", "qe")
        .replace("qui", "qi")
        .replace("gue", "ge")
        .replace("gui", "gi");
    let letters: Vec<char> = word.chars().collect();
    let mut count = 0;
    let mut group = false;
    let mut heart = false;
    for letter in letters {
        if strong(letter) {
            count += usize::from(!group || heart);
            (group, heart) = (true, true);
        } else if weak(letter) {
            count += usize::from(!group);
            group = true;
        } else {
            (group, heart) = (false, false);
        }
    }
    count
}

#[test]
fn syllables_and_grades_are_those_of_known_words_and_texts() {
    for (word, wanted) in [
        ("cat", 1),
        ("name", 1),
        ("table", 2),
        ("clinic", 2),
        ("alcohol", 3),
        ("shared", 1),
        ("information", 4),
    ] {
        assert_eq!(english_syllables(word), wanted, "{word}");
    }
    for (word, wanted) in [
        ("casa", 2),
        ("cuidado", 3),
        ("día", 2),
        ("quien", 1),
        ("recibe", 3),
        ("caer", 2),
        ("estudio", 3),
    ] {
        assert_eq!(spanish_syllables(word), wanted, "{word}");
    }
    assert!(flesch_kincaid_grade("The cat sat on the mat. It was warm.") < 2.0);
    let hard = "Notwithstanding the aforementioned authorization, redisclosure of individually identifiable information remains conditionally permissible.";
    assert!(flesch_kincaid_grade(hard) > 15.0);
    assert!(inflesz("El gato come. La casa es roja.") > 80.0);
    assert!(
        inflesz(
            "La redivulgación condicionalmente permisible de información individualmente identificable continúa autorizada."
        ) < 20.0
    );
}
