//! The members of v3 resources: names, types, what may be null or written.
//!
//! Names and constraints of users are those of Lucca's pages on users and on updating one; what
//! only an older specification has is left out.

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::sandbox) enum Kind {
    /// Text that is not blank.
    Text,
    /// An e-mail: 3 to 255 characters, no angle brackets (v5's rule).
    Mail,
    /// A whole number between these.
    Integer(u64, u64),
    /// A date or date-time.
    Moment,
    /// True or false.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Two letters.
    Country,
    /// A list of `{"id": n}`.
    Ids,
    /// A list of objects, not looked into.
    List,
    /// Another resource, read as `{id, name, url}` unless its members are asked for.
    Related(&'static Schema),
    /// Members under codes: `extendedData`, `applicationData`.
    Dictionary,
}

/// One member of a resource.
#[derive(Debug, PartialEq)]
pub(in crate::sandbox) struct Member {
    pub(in crate::sandbox) name: &'static str,
    pub(in crate::sandbox) kind: Kind,
    pub(in crate::sandbox) nullable: bool,
    pub(in crate::sandbox) writable: bool,
}

/// A resource: its name in error texts, and its members.
#[derive(Debug, PartialEq)]
pub(in crate::sandbox) struct Schema {
    pub(in crate::sandbox) name: &'static str,
    pub(in crate::sandbox) members: &'static [Member],
}

impl Schema {
    /// A member by name, in any case: the framework matches names so.
    pub(in crate::sandbox) fn member(&self, name: &str) -> Option<&'static Member> {
        self.members
            .iter()
            .find(|member| member.name.eq_ignore_ascii_case(name))
    }
}

const ID: Kind = Kind::Integer(1, u64::MAX);
const WHOLE: Kind = Kind::Integer(0, u64::MAX);

const fn write(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        nullable: false,
        writable: true,
    }
}

const fn write_or_null(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        nullable: true,
        writable: true,
    }
}

const fn read(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        nullable: true,
        writable: false,
    }
}

/// The members of what is referred to: department, role, culture, …
pub(in crate::sandbox) static NAMED: Schema = Schema {
    name: "Resource",
    members: &[
        read("id", ID),
        read("name", Kind::Text),
        read("url", Kind::Text),
        read("code", Kind::Text),
    ],
};

/// `GET /api/v3/roles`. No reference page exists; third-party code reads `Name` and `UsersCount`.
pub(in crate::sandbox) static ROLE: Schema = Schema {
    name: "Role",
    members: &[
        read("id", ID),
        read("name", Kind::Text),
        read("url", Kind::Text),
        read("usersCount", WHOLE),
    ],
};

/// `GET /api/v3/extensionuserdefinitions`, named by the guide on extended data. Public code reads
/// one of them at the address of its code: the code is the id.
pub(in crate::sandbox) static DEFINITION: Schema = Schema {
    name: "ExtensionUserDefinition",
    members: &[
        read("id", Kind::Text),
        read("name", Kind::Text),
        read("url", Kind::Text),
        read("extensionUserPropertyListEntries", Kind::List),
    ],
};

/// `/api/v3/users`.
pub(in crate::sandbox) static USER: Schema = Schema {
    name: "User",
    members: &[
        read("id", ID),
        read("name", Kind::Text),
        read("url", Kind::Text),
        read("displayName", Kind::Text),
        read("modifiedAt", Kind::Moment),
        write("firstName", Kind::Text),
        write("lastName", Kind::Text),
        write("mail", Kind::Mail),
        write("login", Kind::Text),
        write("legalEntityId", ID),
        read("legalEntity", Kind::Related(&NAMED)),
        write("dtContractStart", Kind::Moment),
        write_or_null("dtContractEnd", Kind::Moment),
        write("departmentId", ID),
        read("department", Kind::Related(&NAMED)),
        write("rolePrincipalId", ID),
        read("rolePrincipal", Kind::Related(&NAMED)),
        write_or_null("managerId", ID),
        read("manager", Kind::Related(&USER)),
        write("habilitedRoles", Kind::Ids),
        write("cspId", ID),
        write_or_null("calendarId", ID),
        write("cultureID", Kind::Integer(1025, 58380)),
        read("culture", Kind::Related(&NAMED)),
        write("employeeNumber", Kind::Text),
        write("birthDate", Kind::Moment),
        write("userWorkCycles", Kind::List),
        write("personalEmail", Kind::Mail),
        write("personalMobile", Kind::Text),
        write("professionalMobile", Kind::Text),
        write("directLine", Kind::Text),
        write("address", Kind::Text),
        write("jobTitle", Kind::Text),
        write("quote", Kind::Text),
        write(
            "gender",
            Kind::Choice(&["Undefined", "Male", "Female", "Misc"]),
        ),
        write("nationalityId", Kind::Country),
        write("bankName", Kind::Text),
        write("iban", Kind::Text),
        write("bic", Kind::Text),
        write_or_null("rib", Kind::Text),
        write("allowsElectronicPayslip", Kind::Flag),
        write_or_null("frenchCarTaxHorsePower", WHOLE),
        write_or_null("frenchMotocyclesTaxHorsePower", WHOLE),
        // Written to without effect, as the guide says: custom data are written at the root.
        write_or_null("extendedData", Kind::Dictionary),
        read("applicationData", Kind::Dictionary),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_any_case() {
        assert_eq!(
            USER.member("CULTUREid").map(|it| it.name),
            Some("cultureID")
        );
        assert_eq!(USER.member("data"), None);
    }
}
