//! What damage to each column of each table leads to.

/// A table, rows of it that are damaged, and what damage to each column leads to. All rows belong to
/// the tenant `acme`, or to its account.
pub(super) struct Table {
    pub name: &'static str,
    /// As conditions. What must be noticed or mended is checked on the first one.
    pub rows: &'static [&'static str],
    /// The record goes into quarantine.
    pub noticed: &'static [&'static str],
    /// The sweep writes it anew from the sealed record.
    pub mended: &'static [&'static str],
    /// It does no harm beyond its row, for this reason.
    pub harmless: &'static [(&'static str, &'static [&'static str])],
}

/// The onboarding whose attempt is open, and what belongs to it.
const IN_DOUBT: &str = "id = '00000000-0000-0000-0000-000000000001'";
const ITS: &str = "onboarding = (SELECT seq FROM onboardings
    WHERE id = '00000000-0000-0000-0000-000000000001')";

const LEARNED_ANEW: &str = "what is missing is learned anew from Lucca";
const ORDER: &str = "only an order of rows";

pub(super) const TABLES: [Table; 22] = [
    Table {
        name: "tenants",
        rows: &["id = 'acme'"],
        noticed: &["id", "document"],
        mended: &[],
        harmless: &[("the sealed time is compared", &["update_time"])],
    },
    Table {
        name: "tenant_versions",
        rows: &["id = 'acme'"],
        noticed: &["id", "version"],
        mended: &[],
        harmless: &[],
    },
    Table {
        name: "onboardings",
        rows: &[IN_DOUBT, "id = '00000000-0000-0000-0000-000000000002'"],
        noticed: &[
            "seq",
            "id",
            "tenant",
            "account",
            "system",
            "source_index",
            "episode",
            "state",
            "problem",
            "lucca_user",
            "wake",
            "update_time",
            "document",
        ],
        mended: &["urgency", "retain_from"],
        harmless: &[(
            "a worker's step is refused, and the lease ends by itself",
            &["token", "leased", "lease_end"],
        )],
    },
    Table {
        name: "attempts",
        rows: &[ITS],
        noticed: &["onboarding", "number", "open", "intent"],
        mended: &[],
        harmless: &[(ORDER, &["seq"])],
    },
    Table {
        name: "evidence",
        rows: &[ITS],
        noticed: &["onboarding", "attempt", "evidence"],
        mended: &[],
        harmless: &[(ORDER, &["seq"])],
    },
    Table {
        name: "data_keys",
        rows: &[ITS],
        noticed: &["onboarding", "key"],
        mended: &[],
        harmless: &[],
    },
    Table {
        name: "lookups",
        rows: &[ITS],
        noticed: &[],
        mended: &["onboarding", "purpose", "value"],
        harmless: &[],
    },
    Table {
        name: "claims",
        rows: &["onboarding = '00000000-0000-0000-0000-000000000001'"],
        noticed: &[],
        mended: &["account", "claim_index", "onboarding", "free_from"],
        harmless: &[],
    },
    Table {
        name: "requests",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "a repetition is found by its source",
            &[
                "tenant",
                "account",
                "request_index",
                "content_index",
                "onboarding",
                "noted",
            ],
        )],
    },
    Table {
        name: "tombstones",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "a withdrawal that came before its hire is forgotten",
            &[
                "tenant",
                "account",
                "system",
                "source_index",
                "event_time",
                "noted",
            ],
        )],
    },
    Table {
        name: "anonymised",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "an anonymisation is forgotten",
            &["tenant", "id_index", "event_time", "time"],
        )],
    },
    Table {
        name: "early",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "an update that came before its hire is forgotten",
            &[
                "seq",
                "id",
                "tenant",
                "account",
                "system",
                "source_index",
                "person_index",
                "content_index",
                "time",
                "document",
            ],
        )],
    },
    Table {
        name: "history",
        rows: &["seq = (SELECT min(seq) FROM history WHERE tenant = 'acme')"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "a verification tells it of entries about an onboarding",
            &[
                "seq",
                "time",
                "tenant",
                "onboarding",
                "actor",
                "event",
                "detail",
                "rpc",
                "outcome",
                "link",
            ],
        )],
    },
    Table {
        name: "history_limits",
        rows: &["kind = 'others'"],
        noticed: &[],
        mended: &[],
        harmless: &[("the next sweep writes it", &["kind", "until"])],
    },
    Table {
        name: "sights",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            LEARNED_ANEW,
            &["account", "tenant", "key_version", "proven_time"],
        )],
    },
    Table {
        name: "deliveries",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "nothing is decided by it, and the next report replaces it",
            &["tenant", "accepted_time", "refused_time", "refusal"],
        )],
    },
    Table {
        name: "accepted_keys",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            LEARNED_ANEW,
            &["account", "tenant", "key_version", "accepted_time"],
        )],
    },
    Table {
        name: "calls",
        rows: &["account = 'acme.ilucca.example'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "one call of the account is counted too much or too little",
            &["seq", "account", "boot", "began", "ended"],
        )],
    },
    Table {
        name: "pauses",
        rows: &["account = 'acme.ilucca.example'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "Lucca asks for a pause again",
            &["account", "boot", "until"],
        )],
    },
    Table {
        name: "lessons",
        rows: &["tenant = 'acme' AND subject = 'left_out/role'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            LEARNED_ANEW,
            &[
                "tenant",
                "account",
                "subject",
                "accepted_time",
                "refused_time",
            ],
        )],
    },
    Table {
        name: "former_tenants",
        rows: &["id = 'gone'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "it counts only if a tenant is made again under this id",
            &["id", "key_version", "delete_time"],
        )],
    },
    Table {
        name: "quarantine",
        rows: &["tenant = 'acme'"],
        noticed: &[],
        mended: &[],
        harmless: &[(
            "the record is set aside again when it is read",
            &["kind", "id", "tenant", "part", "since"],
        )],
    },
];

impl Table {
    /// Whether it is said what damage to this column leads to.
    pub fn says(&self, column: &str) -> bool {
        let harmless = self.harmless.iter().flat_map(|(_, columns)| *columns);
        let mut all = self.noticed.iter().chain(self.mended).chain(harmless);
        all.any(|it| *it == column)
    }
}
