//! The newer generation, `/organization/structure/api`: departments, establishments, legal units.
//!
//! Members and parameters are those of Lucca's pages on these lists, as far as clients here read
//! and send them. Establishments are taken to have the parameters of legal units.

use http::Method;
use serde_json::{Value, json};

use super::{
    answer::Refusal,
    company::{Company, Unit, UnitKind},
    request::{Query, Request},
    state::{Caller, State},
    v3::Done,
};

/// Answers a call of `/organization`.
pub(super) fn answer(state: &State, caller: &Caller, request: &Request) -> Result<Done, Refusal> {
    let rights = caller.key.rights;
    let (kind, allowed) = match &request.segments()[..] {
        ["organization", "structure", "api", resource] => match *resource {
            "departments" => (UnitKind::Department, rights.read_departments),
            "establishments" => (UnitKind::Establishment, rights.read_establishments),
            "legal-units" => (UnitKind::LegalUnit, rights.read_establishments),
            _ => return Err(Refusal::Modern(404, "Not Found")),
        },
        _ => return Err(Refusal::Modern(404, "Not Found")),
    };
    if request.method != Method::GET {
        return Err(Refusal::Modern(405, "Method Not Allowed"));
    }
    if !allowed {
        return Err(Refusal::Modern(403, "Forbidden"));
    }
    page(&state.company, kind, request).map(Done::from)
}

/// One page of the units that the query lets through.
fn page(company: &Company, kind: UnitKind, request: &Request) -> Result<Value, Refusal> {
    let query = &request.query;
    // Departments have no parameter for archived ones.
    let known = match kind {
        UnitKind::Department => &["page", "limit", "fields.root"][..],
        _ => &["page", "limit", "fields.root", "isArchived"],
    };
    if query.others(known).next().is_some() {
        return Err(Refusal::Modern(400, "A query parameter is not known"));
    }
    let (page, limit) = (whole(query, "page", 1)?, whole(query, "limit", 10)?);
    if page < 1 || !(1..=100).contains(&limit) {
        let title = "page starts at 1, limit is between 1 and 100";
        return Err(Refusal::Modern(400, title));
    }
    let archived = query.get("isArchived").map(str::to_ascii_lowercase);
    let (in_use, archived) = match archived.as_deref() {
        None if kind == UnitKind::Department => (true, true),
        None | Some("false") => (true, false),
        Some("true") => (false, true),
        Some("true,false" | "false,true") => (true, true),
        Some(_) => return Err(Refusal::Modern(400, "isArchived is true, false or both")),
    };
    let units = company.units(kind);
    let units: Vec<&Unit> = units
        .filter(|unit| if unit.in_use { in_use } else { archived })
        .collect();
    let first = (page - 1).saturating_mul(limit);
    let shown = units.iter().skip(first).take(limit);
    let link = |wanted: bool, page: usize| {
        wanted.then(|| format!("{}?page={page}&limit={limit}", request.path))
    };
    let mut body = json!({
        "items": shown.map(|unit| show(company, unit)).collect::<Vec<_>>(),
        "prev": link(page > 1, page - 1),
        "next": link(first.saturating_add(limit) < units.len(), page + 1),
    });
    let root = query.get("fields.root").unwrap_or_default();
    if root.split(',').any(|it| it.eq_ignore_ascii_case("count")) {
        body["count"] = json!(units.len());
    }
    Ok(body)
}

fn whole(query: &Query, name: &str, default: usize) -> Result<usize, Refusal> {
    let number = query.get(name).map(str::parse).transpose();
    let number = number.map_err(|_| Refusal::Modern(400, "page and limit are numbers"))?;
    Ok(number.unwrap_or(default))
}

fn show(company: &Company, unit: &Unit) -> Value {
    let mut shown = json!({ "id": unit.id, "name": unit.name, "code": unit.code });
    match unit.kind {
        UnitKind::Department => {
            shown["isActive"] = json!(unit.in_use);
            shown["headId"] = json!(unit.head);
        }
        UnitKind::Establishment => {
            let legal_unit = company.unit(UnitKind::LegalUnit, unit.parent);
            shown["isArchived"] = json!(!unit.in_use);
            shown["legalUnitId"] = json!(unit.parent);
            shown["legalUnit"] = json!(legal_unit.map(|it| json!({"id": it.id, "name": it.name})));
        }
        UnitKind::LegalUnit | UnitKind::Role => shown["isArchived"] = json!(!unit.in_use),
    }
    shown
}
