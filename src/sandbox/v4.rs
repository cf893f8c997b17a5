//! The newer generation, `/organization/structure/api`: departments, establishments, legal units.
//!
//! Members and parameters are those of Lucca's pages on departments, establishments and legal
//! units. Establishments are taken to have the parameters of legal units. Unknown parameters are
//! ignored: only the listed ones filter.

use http::Method;
use serde_json::{Value, json};

use super::{
    answer::Answer,
    company::{Company, Department, Establishment, LegalUnit},
    fold::fold,
    query::Query,
    refusal::Refusal,
    request::Request,
    state::{Caller, State},
};

/// When everything in the made-up structure was made.
const CREATED: &str = "2019-01-07T09:00:00";

/// Answers a call of `/organization`.
pub(super) fn answer(state: &State, caller: &Caller, request: &Request) -> Result<Answer, Refusal> {
    let segments = request.segments();
    let ["organization", "structure", "api", resource, rest @ ..] = &segments[..] else {
        return Err(Refusal::modern(404, "Not Found"));
    };
    let company = &state.company;
    let (allowed, rows): (bool, Vec<Value>) = match *resource {
        "departments" => (
            caller.rights.read_departments,
            company
                .departments
                .iter()
                .map(|it| department(company, it))
                .collect(),
        ),
        "establishments" => (
            caller.rights.read_establishments,
            company
                .establishments
                .iter()
                .map(|it| establishment(company, it))
                .collect(),
        ),
        "legal-units" => (
            caller.rights.read_establishments,
            company.legal_units.iter().map(legal_unit).collect(),
        ),
        _ => return Err(Refusal::modern(404, "Not Found")),
    };
    if request.method != Method::GET {
        return Err(Refusal::modern(405, "Method Not Allowed"));
    }
    if !allowed {
        return Err(Refusal::modern(403, "Forbidden"));
    }
    match rest {
        [] => page(request, rows),
        [id] => rows
            .iter()
            .find(|row| has_id(row, id))
            .map(Answer::done)
            .ok_or_else(|| Refusal::modern(404, "Not Found")),
        _ => Err(Refusal::modern(404, "Not Found")),
    }
}

/// One page of what the query lets through.
fn page(request: &Request, mut rows: Vec<Value>) -> Result<Answer, Refusal> {
    let query = &request.query;
    let page = whole(query, "page", 1)?;
    let limit = whole(query, "limit", 10)?;
    if page < 1 || !(1..=100).contains(&limit) {
        return Err(Refusal::modern(
            400,
            "page starts at 1, limit is between 1 and 100",
        ));
    }
    let archived = match query
        .get("isArchived")
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        None | Some("false") => [false, false],
        Some("true") => [true, true],
        Some("true,false" | "false,true") => [true, false],
        Some(_) => return Err(Refusal::modern(400, "isArchived is true, false or both")),
    };
    rows.retain(|row| {
        row["isArchived"]
            .as_bool()
            .is_none_or(|it| archived.contains(&it))
    });
    if let Some(search) = query.get("search").map(fold) {
        rows.retain(|row| fold(row["name"].as_str().unwrap_or_default()).contains(&search));
    }
    if let Some(ids) = query.get("id") {
        rows.retain(|row| ids.split(',').any(|id| has_id(row, id)));
    }
    let count = rows.len();
    let first = (page - 1).saturating_mul(limit);
    let link = |wanted: bool, page: usize| {
        wanted.then(|| format!("{}?page={page}&limit={limit}", request.path))
    };
    let mut body = json!({
        "items": rows.into_iter().skip(first).take(limit).collect::<Vec<_>>(),
        "prev": link(page > 1, page - 1),
        "next": link(first.saturating_add(limit) < count, page + 1),
    });
    let root = query.get("fields.root").unwrap_or_default();
    if root
        .split(',')
        .any(|field| field.eq_ignore_ascii_case("count"))
    {
        body["count"] = json!(count);
    }
    Ok(Answer::done(&body))
}

fn has_id(row: &Value, id: &str) -> bool {
    id.parse() == Ok(row["id"].as_u64().unwrap_or_default())
}

fn whole(query: &Query, name: &str, default: usize) -> Result<usize, Refusal> {
    query.get(name).map_or(Ok(default), |value| {
        value
            .parse()
            .map_err(|_| Refusal::modern(400, format!("{name} is not a number")))
    })
}

fn department(company: &Company, it: &Department) -> Value {
    let siblings = company
        .departments
        .iter()
        .filter(|other| other.parent == it.parent);
    json!({
        "id": it.id,
        "name": it.name,
        "code": it.code,
        "description": null,
        // A path of ids, in spite of its name.
        "parentId": it.parent.map(|parent| company.path_of(Some(parent))),
        "parentLuccaId": it.parent,
        "hierarchy": company.path_of(Some(it.id)),
        "isActive": it.active,
        "headId": it.head,
        "createdAt": CREATED,
        "lastModifiedAt": CREATED,
        "sortOrderInSiblings": siblings.take_while(|other| other.id != it.id).count(),
    })
}

fn establishment(company: &Company, it: &Establishment) -> Value {
    let unit = company
        .legal_units
        .iter()
        .find(|unit| Some(unit.id) == it.legal_unit);
    let here = company
        .users
        .values()
        .filter(|user| user.number("legalEntityId") == Some(it.id));
    json!({
        "id": it.id,
        "name": it.name,
        "code": it.code,
        "legalUnitId": it.legal_unit,
        "legalUnit": unit.map(|unit| json!({ "id": unit.id, "name": unit.name })),
        "legalIdentificationNumber": null,
        "activityCode": null,
        "calendarId": 1,
        "address": { "street": it.street, "zipCode": it.zip_code, "city": it.city },
        "timezoneId": it.zone,
        "usersCount": here.count(),
        "createdAt": CREATED,
        "author": null,
        "isArchived": it.archived,
    })
}

fn legal_unit(it: &LegalUnit) -> Value {
    json!({
        "id": it.id,
        "name": it.name,
        "code": it.code,
        "countryId": 250,
        "isArchived": false,
    })
}
