//! Names of the people of the made-up company.

/// Common given names; their number and that of [`LAST`] have no common divisor.
pub(super) const FIRST: [&str; 47] = [
    "Camille", "Léa", "Manon", "Chloé", "Inès", "Sarah", "Julie", "Claire", "Hélène", "Céline",
    "Aurélie", "Émilie", "Sophie", "Nathalie", "Sandrine", "Valérie", "Isabelle", "Juliette",
    "Florence", "Monique", "Amélie", "Margaux", "Agnès", "Noémie", "Océane", "Thomas", "Lucas",
    "Hugo", "Théo", "Mathéo", "Raphaël", "Gaël", "Loïc", "Benoît", "Jérôme", "Bastien", "Étienne",
    "Fabien", "Grégory", "Cédric", "Rémi", "Damien", "Clément", "Antoine", "Quentin", "Olivier",
    "Pascal",
];

/// Common family names, without those of the hires in demonstrations and of the
/// [special](SPECIAL) people.
pub(super) const LAST: [&str; 52] = [
    "Bernard", "Robert", "Richard", "Petit", "Durand", "Leroy", "Moreau", "Simon", "Laurent",
    "Lefebvre", "Michel", "Garcia", "Bertrand", "Roux", "Vincent", "Fournier", "Morel", "Girard",
    "André", "Mercier", "Blanc", "Guérin", "Boyer", "Garnier", "Renard", "Legrand", "Gauthier",
    "Perrin", "Robin", "Clément", "Morin", "Nicolas", "Henry", "Roussel", "Mathieu", "Gautier",
    "Masson", "Marchand", "Duval", "Denis", "Dumont", "Lemaire", "Noël", "Meyer", "Dufour",
    "Meunier", "Brun", "Colin", "Giraud", "Joly", "Rivière", "Barbier",
];

/// People whose names test something: given name, family name, department.
pub(super) const SPECIAL: [(&str, &str, &str); 24] = [
    ("Jean", "Martin", "Produit"),
    ("Jeanne", "Martin", "Produit"),
    ("Jean-Marc", "Martin", "Design"),
    ("Jean", "Martinez", "Conception produit"),
    ("Nicolas", "Martin", "Grands comptes"),
    ("Nicolas", "Martin", "Comptabilité"),
    ("Éloïse", "D'Aubigné", "Produit"),
    ("Marie-Thérèse", "Le Gall", "Ressources humaines"),
    ("Lœtitia", "Le Bœuf", "Paie"),
    ("Gauthier", "de Villepin", "Affaires juridiques"),
    ("Anne-Sophie", "de La Tour", "Communication"),
    ("Aminata", "N'Diaye", "Données"),
    ("Ousmane", "N’Diaye", "Infrastructure"),
    ("José", "Muñoz", "Achats"),
    ("Zoë", "Lefèvre", "Design"),
    ("Zoé", "Lefèvre", "Marketing"),
    ("François-Xavier", "Dupont-Aignerain", "Finance"),
    ("Ulrich", "Weiß", "Sécurité informatique"),
    ("Maëlys", "Payet", "Océan Indien"),
    ("Zdeněk", "Dvořák", "Développement web"),
    ("Chloé", "O'Brien", "Partenariats"),
    ("Jean Pierre", "Saint-Just", "Services généraux"),
    ("İpek", "Yıldız", "Recherche utilisateurs"),
    ("Ah", "Ô", "Support niveau 1"),
];
