//! Sends the sample hires and prints each step to Lucca.

use std::time::Duration;

use jiff::Timestamp;
use tonic::{Code, Status};

use super::{
    Failure, House, TENANT,
    sample::{self, Sample},
};
use crate::{
    commands::terminal::say,
    pb::v1::{
        self, State, get_status_request::Key, onboarding_service_client::OnboardingServiceClient,
        tenant_service_client::TenantServiceClient, webhook_auth::Method,
    },
};

/// The system of hires that come through the adapter.
const SYSTEM: &str = "werecruit";

/// The role that new people get in the made-up company.
const EMPLOYEE_ROLE: &str = "Collaborateur";

/// The longest time that a sample may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time between two requests for the status.
const PACE: Duration = Duration::from_millis(100);

/// Creates the tenant, sends the samples and follows them.
pub(super) async fn tell(house: &House) -> Result<(), Failure> {
    let tenant = tenant(house, employee_role(house).await?);
    let mut tenants = TenantServiceClient::new(house.channel.clone());
    let created = tenants
        .create_tenant(v1::CreateTenantRequest {
            tenant: Some(tenant.clone()),
            verify_key: false,
            validate_only: false,
        })
        .await;
    match created {
        Ok(_) => {}
        Err(status) if status.code() == Code::AlreadyExists => {
            let update = v1::UpdateTenantRequest {
                tenant: Some(tenant),
                update_mask: None,
                ..Default::default()
            };
            tenants.update_tenant(update).await.map_err(refused)?;
        }
        Err(status) => return Err(refused(status)),
    }
    for sample in sample::samples(Timestamp::now()) {
        say("");
        say(&format!("── {} ──", sample.title));
        follow(house, &sample).await?;
    }
    Ok(())
}

pub(super) fn refused(status: Status) -> Failure {
    Failure::new(format!("{:?}: {}", status.code(), status.message()))
}

/// The tenant: its Lucca, a default role (We Recruit sends none) and a signed webhook.
fn tenant(house: &House, role_id: i64) -> v1::Tenant {
    v1::Tenant {
        id: TENANT.to_owned(),
        display_name: "Demo".to_owned(),
        lucca_url: house.sandbox.url(),
        lucca_api_key: house.data.secrets.lucca_api_key.clone(),
        defaults: Some(v1::tenant::Defaults {
            role_id,
            ..v1::tenant::Defaults::default()
        }),
        webhook: Some(v1::Webhook {
            auth: vec![v1::WebhookAuth {
                method: Some(Method::StandardWebhooks(
                    v1::webhook_auth::StandardWebhooks {
                        secrets: vec![v1::Secret {
                            id: "dev".to_owned(),
                            value: house.data.secrets.webhook_secret.clone(),
                            ..v1::Secret::default()
                        }],
                    },
                )),
            }],
            ..v1::Webhook::default()
        }),
        ..v1::Tenant::default()
    }
}

/// The id of the role that new people get. An administrator would look it up in Lucca.
async fn employee_role(house: &House) -> Result<i64, Failure> {
    let unreadable = || Failure::new("the sandbox's roles cannot be read");
    let key = &house.data.secrets.lucca_api_key;
    let client = reqwest::Client::builder().no_proxy().build();
    let address = format!("{}/api/v3/roles?fields=id,name", house.sandbox.url());
    let text = client
        .map_err(Failure::new)?
        .get(address)
        .header("authorization", format!("lucca application={key}"))
        .send()
        .await
        .map_err(|_| unreadable())?
        .text()
        .await
        .map_err(|_| unreadable())?;
    let roles: serde_json::Value = serde_json::from_str(&text).map_err(|_| unreadable())?;
    roles["data"]["items"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|role| role["name"] == EMPLOYEE_ROLE)
        .and_then(|role| role["id"].as_i64())
        .ok_or_else(unreadable)
}

async fn follow(house: &House, sample: &Sample) -> Result<(), Failure> {
    let begun = tokio::time::Instant::now();
    let step = |text: &str| say(&format!("{:>6} ms  {text}", begun.elapsed().as_millis()));
    let status = sample::send(house, sample).await?;
    step(&format!("webhook answered with {status}"));
    if status != 200 {
        return Err(Failure::new("the adapter refused the sample"));
    }
    let mut client = OnboardingServiceClient::new(house.channel.clone());
    let request = v1::GetStatusRequest {
        key: Some(Key::SourceKey(v1::SourceKey {
            tenant: TENANT.to_owned(),
            source: Some(v1::Source {
                system: SYSTEM.to_owned(),
                external_id: sample.application.clone(),
                ..v1::Source::default()
            }),
        })),
        refresh: false,
    };
    let mut shown = State::Unspecified;
    loop {
        let onboarding = match client.get_status(request.clone()).await {
            Ok(answer) => answer.into_inner().onboarding.unwrap_or_default(),
            Err(status) if status.code() == Code::NotFound => v1::Onboarding::default(),
            Err(status) => return Err(refused(status)),
        };
        if onboarding.state() != shown {
            if shown == State::Unspecified {
                step(&format!("accepted as onboarding {}", onboarding.id));
            }
            shown = onboarding.state();
            match shown {
                State::Created => {
                    step("resolved; what was sent, and where it came from:");
                    resolution(&onboarding);
                    step(&format!(
                        "created: Lucca user {} (API: {})",
                        onboarding.lucca_user_id, onboarding.lucca_user_url
                    ));
                    return follow_ups(&onboarding);
                }
                State::NeedsAttention => {
                    let problem = onboarding.problem.unwrap_or_default();
                    return Err(Failure::new(format!(
                        "the sample needs attention: {} {} {}",
                        problem.code, problem.message, problem.fix
                    )));
                }
                State::Creating => step("the call to Lucca is being made"),
                State::Verifying => {
                    step("no usable answer from Lucca: looking whether the person exists")
                }
                _ => {}
            }
        }
        if begun.elapsed() > PATIENCE {
            return Err(Failure::new(format!(
                "the sample is still {} after {} s",
                shown.as_str_name(),
                PATIENCE.as_secs()
            )));
        }
        tokio::time::sleep(PACE).await;
    }
}

/// Prints where each value came from, and the warnings.
fn resolution(onboarding: &v1::Onboarding) {
    for field in &onboarding.resolution {
        let name = |text: &'static str, prefix: &str| {
            text.trim_start_matches(prefix)
                .to_lowercase()
                .replace('_', " ")
        };
        let value = match (field.value.as_str(), field.label.as_str()) {
            ("", _) => "(left out)".to_owned(),
            (value, "") => value.to_owned(),
            (value, label) => format!("{value} = {label}"),
        };
        say(&format!(
            "             {:<20} {:<42} {:<15} {}",
            name(field.field().as_str_name(), "FIELD_"),
            value,
            name(field.origin().as_str_name(), "ORIGIN_"),
            field.reason
        ));
    }
    for warning in &onboarding.warnings {
        say(&format!("             warning: {}", warning.message));
    }
}

/// Prints what is left to do.
fn follow_ups(onboarding: &v1::Onboarding) -> Result<(), Failure> {
    say("           what is left for the HR administrator:");
    for item in &onboarding.follow_ups {
        let when = match (item.not_before_date.as_str(), item.due_date.as_str()) {
            ("", "") => String::new(),
            ("", due) => format!(" (by {due})"),
            (from, due) => format!(" (from {from} to {due})"),
        };
        say(&format!("             {}{when}", item.title));
    }
    if onboarding.lucca_user_id == 0 {
        return Err(Failure::new("the sample was created without a Lucca id"));
    }
    Ok(())
}

/// Prints commands to paste.
pub(super) fn invite(house: &House) {
    let (grpc, webhooks, lucca) = (house.grpc, house.webhooks, house.sandbox.url());
    let key = house.data.webhook_key().unwrap_or_default();
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    say(&format!(
        r##"
Try it (Ctrl-C ends it):

# a hire as We Recruit would send it, signed (Standard Webhooks)
id=evt_$RANDOM; now=$(date +%s); body='{{"type":"hire.confirmed","id":"'$id'","data":{{"applicationId":"'$id'","sendToLucca":true,"lastName":"Le Gall","firstName":"Anne-Claire","personalEmail":"'$id'@example.com","establishment":"Siège Paris","department":"Produit","managerName":"Jean Martin","contractStartDate":"2027-01-04"}}}}'
sig=$(printf '%s.%s.%s' "$id" "$now" "$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:{key} -binary | base64)
curl -i http://{webhooks}/webhooks/{TENANT} -H 'content-type: application/json' -H "webhook-id: $id" -H "webhook-timestamp: $now" -H "webhook-signature: v1,$sig" --data-binary "$body"

# what became of it
grpcurl -plaintext -d '{{"source_key":{{"tenant":"{TENANT}","source":{{"system":"{SYSTEM}","external_id":"'$id'"}}}}}}' {grpc} hr.onboarding.v1.OnboardingService/GetStatus

# the same by gRPC, waiting for the outcome
grpcurl -plaintext -d '{{"tenant":"{TENANT}","request_id":"'call-$RANDOM'","wait":"10s","collaborator":{{"family_name":"Müller","given_name":"Lœtitia","personal_email":"loetitia@example.com","contract_start_date":"2027-01-04","establishment":{{"name":"Siège Paris"}},"department":{{"name":"Produit"}}}}}}' {grpc} hr.onboarding.v1.OnboardingService/CreateCollaborator

# every service; every hire, the most urgent first; whether the next hire will go through
grpcurl -plaintext {grpc} list
grpcurl -plaintext -d '{{"tenant":"{TENANT}"}}' {grpc} hr.onboarding.v1.OperationsService/ListOnboardings
grpcurl -plaintext -d '{{"tenant":"{TENANT}"}}' {grpc} hr.onboarding.v1.OnboardingService/CheckDefaults

# what the sandbox saw, and how to make it fail
curl {lucca}/_sandbox"##
    ));
}
