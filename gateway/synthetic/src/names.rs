//! Invented names. First names are everyday words of several languages; most family names are put together here
//! from parts, so that a pair of names with a birth date does not describe anybody.

use crate::dice::Dice;

/// Where a name sounds as if it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heritage {
    British,
    Iberian,
    WestAfrican,
    Vietnamese,
    Slavic,
    Levantine,
    SouthAsian,
}

/// Heritages as often as they occur in the town.
const MIX: [Heritage; 20] = [
    Heritage::British,
    Heritage::British,
    Heritage::British,
    Heritage::British,
    Heritage::British,
    Heritage::British,
    Heritage::British,
    Heritage::Iberian,
    Heritage::Iberian,
    Heritage::Iberian,
    Heritage::Iberian,
    Heritage::Iberian,
    Heritage::WestAfrican,
    Heritage::WestAfrican,
    Heritage::WestAfrican,
    Heritage::Vietnamese,
    Heritage::Vietnamese,
    Heritage::Slavic,
    Heritage::Levantine,
    Heritage::SouthAsian,
];

impl Heritage {
    pub(crate) const fn draw(dice: &mut Dice) -> Self {
        dice.pick(&MIX)
    }

    /// A first name; half of each list is given to women, half to men, as `woman` asks.
    pub(crate) fn first_name(self, dice: &mut Dice, woman: bool) -> &'static str {
        let (women, men): (&[_], &[_]) = match self {
            Self::British => (&BRITISH_WOMEN, &BRITISH_MEN),
            Self::Iberian => (&IBERIAN_WOMEN, &IBERIAN_MEN),
            Self::WestAfrican => (&WEST_AFRICAN_WOMEN, &WEST_AFRICAN_MEN),
            Self::Vietnamese => (&VIETNAMESE_WOMEN, &VIETNAMESE_MEN),
            Self::Slavic => (&SLAVIC_WOMEN, &SLAVIC_MEN),
            Self::Levantine => (&LEVANTINE_WOMEN, &LEVANTINE_MEN),
            Self::SouthAsian => (&SOUTH_ASIAN_WOMEN, &SOUTH_ASIAN_MEN),
        };
        dice.word(if woman { women } else { men })
    }

    /// A family name.
    pub(crate) fn last_name(self, dice: &mut Dice) -> String {
        let made = |start: &str, end: &str| format!("{start}{end}");
        match self {
            Self::British => made(dice.pick(&BRITISH_STARTS), dice.pick(&BRITISH_ENDS)),
            Self::Iberian => {
                let mut name = made(dice.pick(&IBERIAN_STARTS), dice.pick(&IBERIAN_ENDS));
                if dice.chance(25) {
                    name.push('-');
                    name.push_str(&made(dice.pick(&IBERIAN_STARTS), dice.pick(&IBERIAN_ENDS)));
                }
                name
            }
            Self::WestAfrican => made(dice.pick(&WEST_AFRICAN_STARTS), dice.pick(&WEST_AFRICAN_ENDS)),
            Self::Vietnamese => dice.pick(&VIETNAMESE_FAMILIES).to_owned(),
            Self::Slavic => made(dice.pick(&SLAVIC_STARTS), dice.pick(&SLAVIC_ENDS)),
            Self::Levantine => made(dice.pick(&LEVANTINE_STARTS), dice.pick(&LEVANTINE_ENDS)),
            Self::SouthAsian => made(dice.pick(&SOUTH_ASIAN_STARTS), dice.pick(&SOUTH_ASIAN_ENDS)),
        }
    }
}

/// Whether a family name is rare enough that finding it anywhere means that a client's name got there.
pub(crate) fn is_rare(last_name: &str) -> bool {
    last_name.chars().count() >= 6 && !VIETNAMESE_FAMILIES.contains(&last_name)
}

/// What people call somebody of this first name, if there is a short form.
pub(crate) fn nickname(first_name: &str) -> Option<&'static str> {
    NICKNAMES
        .iter()
        .find(|(full, _)| *full == first_name)
        .map(|(_, short)| *short)
}

const NICKNAMES: [(&str, &str); 22] = [
    ("Margaret", "Maggie"),
    ("Katherine", "Kate"),
    ("Elizabeth", "Liz"),
    ("Patricia", "Trish"),
    ("Deborah", "Deb"),
    ("William", "Bill"),
    ("Robert", "Bob"),
    ("Michael", "Mike"),
    ("Anthony", "Tony"),
    ("Theodore", "Ted"),
    ("Francisco", "Paco"),
    ("Guadalupe", "Lupe"),
    ("Consuelo", "Chelo"),
    ("Ignacio", "Nacho"),
    ("Folasade", "Sade"),
    ("Babatunde", "Tunde"),
    ("Aleksandra", "Sasha"),
    ("Dmitri", "Dima"),
    ("Mariam", "Mimi"),
    ("Venkatesh", "Venky"),
    ("Marcus", "Marc"),
    ("Ezekiel", "Zeke"),
];

/// Names that people on the street go by.
pub(crate) const STREET_NAMES: [&str; 10] = [
    "Slim",
    "Mama Jo",
    "Dutch",
    "Birdie",
    "Tex",
    "Little Ray",
    "Pops",
    "Sunny",
    "Doc",
    "Red",
];

const BRITISH_WOMEN: [&str; 16] = [
    "Margaret",
    "Katherine",
    "Elizabeth",
    "Patricia",
    "Deborah",
    "Harriet",
    "Imogen",
    "Lydia",
    "Josephine",
    "Rosalind",
    "Beatrice",
    "Winifred",
    "Cordelia",
    "Marjorie",
    "Philippa",
    "Delphine",
];
const BRITISH_MEN: [&str; 16] = [
    "William", "Robert", "Michael", "Anthony", "Theodore", "Leonard", "Desmond", "Clifford", "Percival",
    "Rupert", "Gideon", "Barnaby", "Lionel", "Ambrose", "Cedric", "Edmund",
];
const BRITISH_STARTS: [&str; 30] = [
    "Ash", "Thorn", "Brack", "Wether", "Crane", "Fenn", "Lark", "Pell", "Quarr", "Raven", "Sedge", "Tarn",
    "Vale", "Whin", "Yarrow", "Bram", "Dunni", "Elder", "Gorse", "Hather", "Ives", "Kestle", "Linden",
    "Morle", "Nether", "Osier", "Pender", "Rowan", "Skelder", "Tamber",
];
const BRITISH_ENDS: [&str; 12] = [
    "combe", "wick", "mere", "holt", "garth", "stead", "brook", "lowe", "thwaite", "ridge", "worthy",
    "cotter",
];
const IBERIAN_WOMEN: [&str; 16] = [
    "Guadalupe",
    "Consuelo",
    "Ximena",
    "Marisol",
    "Inés",
    "Graciela",
    "Paloma",
    "Esperanza",
    "Beatriz",
    "Yolanda",
    "Rocío",
    "Amparo",
    "Noemí",
    "Jimena",
    "Luciana",
    "Dolores",
];
const IBERIAN_MEN: [&str; 16] = [
    "Francisco",
    "Ignacio",
    "Joaquín",
    "Rodrigo",
    "Esteban",
    "Gonzalo",
    "Efraín",
    "Leandro",
    "Álvaro",
    "Baltasar",
    "Cristóbal",
    "Evaristo",
    "Hilario",
    "Ramiro",
    "Saturnino",
    "Teodoro",
];
const IBERIAN_STARTS: [&str; 20] = [
    "Villa", "Monte", "Fuen", "Cala", "Alba", "Torre", "Casa", "Sala", "Berga", "Cande", "Guada", "Maza",
    "Olive", "Peña", "Quinta", "Robla", "Sierra", "Tala", "Ura", "Zala",
];
const IBERIAN_ENDS: [&str; 14] = [
    "quera", "lumbre", "verosa", "rubiales", "lindero", "ventosa", "marejo", "nuevas", "dorrio", "cerrada",
    "mendra", "ñales", "torvisco", "zabal",
];
const WEST_AFRICAN_WOMEN: [&str; 12] = [
    "Folasade", "Abeni", "Chiamaka", "Adaeze", "Yewande", "Efua", "Akosua", "Nneka", "Temitope", "Ngozi",
    "Amara", "Simisola",
];
const WEST_AFRICAN_MEN: [&str; 12] = [
    "Babatunde",
    "Kwabena",
    "Obinna",
    "Chukwudi",
    "Segun",
    "Kofi",
    "Emeka",
    "Ayodele",
    "Kwame",
    "Tobenna",
    "Olumide",
    "Ikenna",
];
const WEST_AFRICAN_STARTS: [&str; 14] = [
    "Oye", "Ade", "Oko", "Nwa", "Chuku", "Abe", "Owu", "Olu", "Eze", "Aku", "Boa", "Ani", "Uche", "Ogu",
];
const WEST_AFRICAN_ENDS: [&str; 12] = [
    "ladeni", "kunbola", "nkwora", "foluwa", "dimmaka", "rinoye", "tengra", "mbelu", "sankore", "jinadeh",
    "rubiko", "wandile",
];
const VIETNAMESE_WOMEN: [&str; 12] = [
    "Thảo",
    "Ngọc Anh",
    "Bích Vân",
    "Hồng Nhung",
    "Kim Loan",
    "Mai Phương",
    "Tuyết Mai",
    "Xuân Lan",
    "Thu Hà",
    "Lệ Quyên",
    "Diễm My",
    "Cẩm Tú",
];
const VIETNAMESE_MEN: [&str; 12] = [
    "Quốc Bảo",
    "Minh Khôi",
    "Đức Thịnh",
    "Anh Tuấn",
    "Văn Hùng",
    "Hoàng Long",
    "Thanh Sơn",
    "Trọng Nghĩa",
    "Gia Huy",
    "Hữu Phước",
    "Tấn Đạt",
    "Công Danh",
];
const VIETNAMESE_FAMILIES: [&str; 12] = [
    "Nguyen", "Tran", "Pham", "Huynh", "Phan", "Vo", "Dang", "Bui", "Do", "Ngo", "Duong", "Ly",
];
const SLAVIC_WOMEN: [&str; 8] = [
    "Aleksandra",
    "Ludmila",
    "Zoya",
    "Galina",
    "Milena",
    "Vesna",
    "Bronislava",
    "Danica",
];
const SLAVIC_MEN: [&str; 8] = [
    "Dmitri", "Bogdan", "Zdravko", "Miroslav", "Yaroslav", "Tadeusz", "Radovan", "Kazimir",
];
const SLAVIC_STARTS: [&str; 12] = [
    "Zele", "Mira", "Dobro", "Kova", "Stani", "Bere", "Cherno", "Halu", "Osta", "Pere", "Soko", "Vino",
];
const SLAVIC_ENDS: [&str; 10] = [
    "venkaya", "slavin", "shevar", "milovich", "dubsky", "gorenko", "zhinsky", "travec", "lenkov", "brodny",
];
const LEVANTINE_WOMEN: [&str; 8] = [
    "Mariam", "Rania", "Samira", "Hanan", "Layal", "Najwa", "Widad", "Zaynab",
];
const LEVANTINE_MEN: [&str; 8] = [
    "Faris", "Bassam", "Nabil", "Tareq", "Munir", "Ghassan", "Haytham", "Ziyad",
];
const LEVANTINE_STARTS: [&str; 10] = [
    "Hadda", "Nassi", "Qasso", "Rahba", "Saba", "Tannou", "Kharru", "Maalu", "Zogha", "Barra",
];
const LEVANTINE_ENDS: [&str; 8] = [
    "rineh", "merani", "oudieh", "beilan", "zouri", "nakeh", "tibani", "layouf",
];
const SOUTH_ASIAN_WOMEN: [&str; 8] = [
    "Lakshmi",
    "Meenakshi",
    "Parveen",
    "Sunita",
    "Anjali",
    "Kamala",
    "Revathi",
    "Shobha",
];
const SOUTH_ASIAN_MEN: [&str; 8] = [
    "Venkatesh",
    "Harpreet",
    "Arjun",
    "Sanjeev",
    "Imtiaz",
    "Mukesh",
    "Raghav",
    "Devinder",
];
const SOUTH_ASIAN_STARTS: [&str; 10] = [
    "Chandra", "Raja", "Subra", "Vela", "Kotha", "Mutha", "Peru", "Sita", "Thiru", "Naga",
];
const SOUTH_ASIAN_ENDS: [&str; 8] = [
    "drapuri", "manikar", "setlur", "vadiyar", "gundla", "pallikar", "mondali", "kondeti",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_family_names_are_not_taken_for_rare_ones() {
        assert!(!is_rare("Nguyen"));
        assert!(!is_rare("Duong"));
        assert!(is_rare("Ashcombe"));
    }

    #[test]
    fn nicknames_are_those_of_names_that_are_given() {
        assert_eq!(nickname("Margaret"), Some("Maggie"));
        assert_eq!(nickname("Zoya"), None);
    }
}
