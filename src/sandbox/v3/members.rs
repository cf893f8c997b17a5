//! The members of v3 resources.
//!
//! Names and constraints of users are those of Lucca's pages on users and on updating one
//! (`legacy/directory/user`, `…/update-a-user-by-id`). The required ones are those of the older
//! vendor specification. The tables have the members that clients here send or read.

use super::body::{is_mail, is_text};
use crate::sandbox::answer::Refusal;

/// What a member holds.
pub(super) enum Kind {
    /// Text that passes a check, such as being one of some words. Can be filtered by.
    Text(fn(&str) -> bool),
    /// A whole number from the first to the second. Can be filtered by.
    Number(u64, u64),
    /// A date or date-time.
    Date,
    /// When something was changed. Can be filtered by with `since,`.
    Modified,
    /// Another resource; these of its members can be asked for.
    Related(&'static [&'static str]),
    /// A list or an object that is not looked into.
    Whole,
}

/// Whether a member can be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// A creation needs it.
    Required,
    Optional,
    /// Optional, and may be null.
    Nullable,
    Never,
}

/// One member of a resource.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) write: Write,
}

/// A resource.
pub(super) struct Resource {
    /// Its name in error texts.
    name: &'static str,
    /// Parameters of its list that are no members, beside those of every list.
    pub(super) flags: &'static [&'static str],
    pub(super) members: &'static [Member],
}

impl Resource {
    /// A member by name, in any case: the framework matches names so.
    pub(super) fn member(&self, name: &str) -> Option<&'static Member> {
        let mut members = self.members.iter();
        members.find(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// A member that is selected or filtered by, or the 400 of the framework.
    pub(super) fn selected(&self, name: &str) -> Result<&'static Member, Refusal> {
        self.member(name).ok_or_else(|| unknown(name, self.name))
    }
}

/// The framework's words for a field or filter that does not exist, misspelling included.
pub(super) fn unknown(name: &str, resource: &str) -> Refusal {
    Refusal::Framework(format!(
        "Selected property {name} does not exist on objet of type {resource}"
    ))
}

const fn member(name: &'static str, kind: Kind, write: Write) -> Member {
    Member { name, kind, write }
}

const ID: Kind = Kind::Number(1, u64::MAX);
const TEXT: Kind = Kind::Text(is_text);
const MAIL: Kind = Kind::Text(is_mail);

/// What a reference shows if nothing else is asked for.
pub(super) const NAMED: [&str; 3] = ["id", "name", "url"];

/// Members of a department, establishment or role that a user refers to.
pub(super) const UNIT: [&str; 4] = ["id", "name", "url", "code"];

/// Members of a manager.
pub(super) const MANAGER: [&str; 9] = [
    "id",
    "name",
    "url",
    "firstName",
    "lastName",
    "mail",
    "employeeNumber",
    "dtContractStart",
    "dtContractEnd",
];

/// `/api/v3/users`. A member with a line here is checked, stored, filtered by and shown as it is
/// stored; `users` shows some in another way.
pub(super) static USER: Resource = Resource {
    name: "User",
    flags: &["formerEmployees"],
    members: &[
        member("id", ID, Write::Never),
        member("name", TEXT, Write::Never),
        member("url", TEXT, Write::Never),
        member("modifiedAt", Kind::Modified, Write::Never),
        member("firstName", TEXT, Write::Required),
        member("lastName", TEXT, Write::Required),
        member("mail", MAIL, Write::Required),
        member("login", TEXT, Write::Required),
        member("legalEntityId", ID, Write::Required),
        member("dtContractStart", Kind::Date, Write::Required),
        member("departmentId", ID, Write::Required),
        member("rolePrincipalId", ID, Write::Required),
        member("dtContractEnd", Kind::Date, Write::Nullable),
        member("managerId", ID, Write::Nullable),
        member("cultureID", Kind::Number(1025, 58380), Write::Optional),
        member("employeeNumber", TEXT, Write::Optional),
        member("birthDate", Kind::Date, Write::Optional),
        member("personalEmail", MAIL, Write::Optional),
        member("personalMobile", TEXT, Write::Optional),
        member("jobTitle", TEXT, Write::Optional),
        member("legalEntity", Kind::Related(&UNIT), Write::Never),
        member("department", Kind::Related(&UNIT), Write::Never),
        member("rolePrincipal", Kind::Related(&UNIT), Write::Never),
        member("manager", Kind::Related(&MANAGER), Write::Never),
        // Custom data are read here and written at the root.
        member("extendedData", Kind::Whole, Write::Never),
    ],
};

/// `GET /api/v3/roles`, which has no reference page.
pub(super) static ROLE: Resource = Resource {
    name: "Role",
    flags: &[],
    members: &[
        member("id", ID, Write::Never),
        member("name", TEXT, Write::Never),
        member("url", TEXT, Write::Never),
    ],
};

/// `GET /api/v3/extensionuserdefinitions`, named by the guide on extended data. Public code reads
/// one of them at the address of its code: the code is the id.
pub(super) static DEFINITION: Resource = Resource {
    name: "ExtensionUserDefinition",
    flags: &[],
    members: &[
        member("id", TEXT, Write::Never),
        member("name", TEXT, Write::Never),
        member("url", TEXT, Write::Never),
        member(
            "extensionUserPropertyListEntries",
            Kind::Whole,
            Write::Never,
        ),
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
        assert!(USER.member("data").is_none());
    }
}
