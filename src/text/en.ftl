# Every sentence that people read, in English. The French is in fr.ftl: same ids, same
# arguments. How a message is found and what arguments look like is told in ../text.rs.

## Building blocks

noun = { $field ->
    [establishment] establishment
    [department] department
    [role] role
    [login] login
    [culture] culture
    [manager] manager
    [family_name] family name
    [given_name] given name
    [professional_email] professional e-mail
    [personal_email] personal e-mail
    [contract_start_date] contract start date
    [contract_end_date] contract end date
    [employee_number] employee number
    [job_title] job title
    [personal_phone] personal phone
    [birth_date] date of birth
    [nationality] nationality
    [extended_data] custom data
   *[other] { $field }
}
    .plural = { $field ->
    [establishment] establishments
    [department] departments
    [role] roles
   *[other] values
}
    .a = { $field ->
    [establishment] an { noun }
   *[other] a { noun }
}
unread-date = { $why ->
    [none] { "" }
    [day_or_month] { ": with slashes, day and month cannot be told apart" }
    [too_far_away] { ": it is more than two years from today" }
   *[form] { ": it does not have the form YYYY-MM-DD" }
}
given-unit = { $given_by ->
    [code] code
   *[name] name
}{ $value ->
    [none] { "" }
   *[other] { " " }“{ $value }”
}
quoted = “{ $text }”
list-and = { $first } and { $last }
list-more = { $count } more
list-clauses = { $first }; { $last }
lucca-says = Lucca says: “{ $said }”
user-without-name = Lucca user { $id }

## Problems: what is asked of a person, and what to do

problem-incomplete = { $start_unreadable ->
    [yes] The hire lacks: { $fields }. A start date was sent but cannot be read for certain.
   *[no] The hire lacks: { $fields }.
}{ $clauses_count ->
    [0] { "" }
   *[other] { " " }Sent, but left out: { $clauses }.
}
    .fix = { $start_unreadable ->
    [yes] Amend the hire (ResolveOnboarding, amend), or correct it at its source and confirm it again. If the source writes DD/MM/YYYY, set the tenant's webhook.day_first_dates (UpdateTenant), then confirm the hire again.
   *[no] Complete the hire (ResolveOnboarding, amend), or complete it at its source and confirm it again. A value that was sent but could not be read counts as missing (ListHistory names it).
}
problem-end-before-start = The contract would end on { DATE($end) }, before it starts on { DATE($start) }.
    .fix = Correct one of the dates: amend the hire (ResolveOnboarding, amend), or correct it at its source and confirm it again.
problem-birth-after-start = With the date of birth that the hire gives, the person would not be born before the start, { DATE($start) }.
    .fix = Correct one of the dates: amend the hire (ResolveOnboarding, amend), or correct it at its source and confirm it again.
problem-codes-alike = These codes of custom data are one and the same for Lucca, which does not tell small from capital letters: { $codes }.
    .fix = Keep one of them: amend the custom data (ResolveOnboarding, amend), or correct the hire at its source and confirm it again.
problem-not-usable = The { noun } of the hire cannot be sent to Lucca as it is{ $value ->
    [none] { "" }
   *[other] : “{ $value }”
}.
    .fix = Amend the { noun } (ResolveOnboarding, amend), or correct the hire at its source and confirm it again.
problem-send-to-lucca-unclear = The source does not say for certain whether the hire is meant for Lucca: it sent { $sent }, which is neither yes nor no.
    .fix = Answer with yes or no at the source, and confirm the hire again. Or amend the hire if it is meant for Lucca (ResolveOnboarding, amend), and cancel it if it is not (CancelOnboarding).
problem-no-default = { $unreadable ->
    [yes] The { noun } of the hire cannot be read, and there is no default.
   *[no] The hire names no { noun }, and there is no default.
}
    .fix = Set a default { noun } for the tenant, or declare that Lucca's HR file has one (UpdateTenant, lucca_defaults): hires that wait for it then go on by themselves. Or give this hire its { noun } (ResolveOnboarding, amend).
problem-unmatched-no-default = { $several ->
    [yes] Several { noun.plural } in Lucca have the { given-unit } that the hire gives, and there is no default.
   *[no] The { noun } { given-unit } of the hire matches nothing in Lucca, and there is no default.
}
    .fix = Amend the { noun } (ResolveOnboarding, amend), or correct the hire at its source. Or add the { $given_by ->
    [code] code
   *[name] name
} to the tenant's labels, or set a default { noun } for the tenant (UpdateTenant): hires that wait for it then go on by themselves.
problem-default-not-in-use = The tenant's default { noun } (id { $id }) is not in use in Lucca, or the API key does not see it.
    .fix = Set another default { noun } for the tenant (UpdateTenant): hires that wait for it then go on by themselves. Or put this one back to use in Lucca and retry (RetryOnboardings), or give this hire its own { noun } (ResolveOnboarding, amend).
problem-not-matched = { $several ->
    [yes] Several { noun.plural } in Lucca have the { given-unit } that the hire gives.
   *[no] The { noun } { given-unit } of the hire matches nothing in Lucca.
}
    .fix = Amend the { noun } (ResolveOnboarding, amend), or correct the hire at its source. Or add the { $given_by ->
    [code] code
   *[name] name
} to the tenant's labels (UpdateTenant): hires that wait for it then go on by themselves.
problem-not-readable = { $sent_count ->
    [0] The { noun } of the hire cannot be read.
   *[other] The { noun } of the hire cannot be read. What was sent: { $sent }.
}
    .fix = Amend the { noun } (ResolveOnboarding, amend), or correct the hire at its source.
problem-id-not-in-use = The { noun } with id { $id } is not in use in Lucca, or the API key does not see it.
    .fix = Amend the { noun } (ResolveOnboarding, amend), or correct the hire at its source. Or put the { noun } back to use in Lucca and retry (RetryOnboardings).
problem-label-not-in-use = The tenant's label table leads to the { noun } with id { $id }, which is not in use in Lucca, or which the API key does not see.
    .fix = Correct the tenant's labels (UpdateTenant): hires that wait for it then go on by themselves. Or put the { noun } back to use in Lucca and retry (RetryOnboardings), or amend the { noun } (ResolveOnboarding, amend).
problem-no-such-entry = A value of the hire is no entry of the list of these custom data: { $codes }.
    .fix = Amend the custom data (ResolveOnboarding, amend), or correct the hire at its source. Or add the entry to the list in Lucca and retry (RetryOnboardings).
problem-no-such-data = { $near_count ->
    [0] Lucca has no custom data with these codes: { $codes }.
   *[other] Lucca has no custom data with these codes: { $codes }. Similar codes: { $near }.
}
    .fix = Amend the custom data (ResolveOnboarding, amend), or correct the hire at its source. Or create the custom data in Lucca's HR file and retry (RetryOnboardings).
problem-manager-unclear = { $nobody_active ->
    [yes] No active employee in Lucca is the manager whom the hire names.
   *[no] The manager whom the hire names cannot be told for certain.
}
    .fix = Name the manager by Lucca id or e-mail address (ResolveOnboarding, amend), or correct the hire at its source.
problem-person-exists = Someone in Lucca uses the same login or e-mail address.
    .fix = If it is the person hired, link it (ResolveOnboarding, link_existing). If it is someone else, have a new employee created (create_anyway); if that person has the login, amend it first (amend). If the file was deleted in Lucca, retry (RetryOnboardings).
problem-former-employee = A former employee in Lucca uses the same login or e-mail address.
    .fix = If it is a rehire, make the new contract in Lucca and link the person (ResolveOnboarding, link_existing). If it is someone else, have a new employee created (create_anyway); if that person has the login, amend it first (amend).
problem-starts-again = The same source was hired before and now starts later.
    .fix = If the start was only put off, correct it in Lucca and link the employee (ResolveOnboarding, link_existing). If it is a new contract, make it in Lucca and link the employee. If it is another person, have a new employee created (create_anyway). Otherwise cancel the hire (CancelOnboarding).
problem-earlier-employee = { $shown ->
    [yes] The hire was confirmed again. Its earlier employee is in Lucca, and differs from the hire.
   *[no] The hire was confirmed again, but Lucca does not show its earlier employee any more: the file was deleted, or the API key does not see it.
}
    .fix = Look in Lucca. If the employee is there, link it (ResolveOnboarding, link_existing). If the file was deleted, have a new employee created (create_anyway). If nobody is to come, cancel the hire (CancelOnboarding).
problem-login-taken = Someone else in Lucca has the same login.
    .fix = If it is the person hired, link it (ResolveOnboarding, link_existing). If not, give the hire another login (ResolveOnboarding, amend), or free it in Lucca and retry (RetryOnboardings): two people cannot have the same one.
problem-application-shared = The application { $application } is another person's already. It has two candidates.
    .fix = Look in the applicant tracking system whose application it is. If both people are hired, use create_anyway: this hire then goes on. If not, cancel the one that is not wanted.
problem-someone-similar = A creation call was made whose outcome is unknown, and someone in Lucca is like that person in part: the same login or e-mail address, or the same name and start date, but not both.
    .fix = Look at that person in Lucca. If it is the person hired, link it (ResolveOnboarding, link_existing). If not, amend the login if that person has it, then use create_anyway and name the attempts.
problem-key-refused = Lucca refuses the tenant's API key, or the key lacks a right.
    .fix = Store a key that Lucca accepts (UpdateTenant): hires that wait for it then go on by themselves. Or give the key the missing right in Lucca (CheckDefaults names it), then retry (RetryOnboardings).
problem-reading-not-allowed = The tenant's API key lacks a right to read in Lucca what every hire needs: people, establishments or departments.
    .fix = Give the key the right in Lucca (CheckDefaults says which and where), then retry (RetryOnboardings). Or store a key that has it (UpdateTenant): hires that wait for it then go on by themselves.
problem-creation-not-allowed = The tenant's API key may read in Lucca, but Lucca does not let it create the employee.
    .fix = In Lucca, let the role of the API key create employees (CheckDefaults says where), then retry (RetryOnboardings). Or store a key that may (UpdateTenant): hires that wait for it then go on by themselves.
problem-account-changed = The tenant points to another Lucca than when this hire came.
    .fix = Confirm the hire again to create the employee in the present Lucca, then cancel this one (CancelOnboarding). Or point the tenant back to the earlier Lucca (UpdateTenant): hires that wait for it then go on by themselves.
problem-start-unlikely = { $ahead ->
    [yes] The contract starts on { DATE($start) }, more than { $years } years from now.
   *[no] The contract started on { DATE($start) }, more than { $years } years ago.
}
    .fix = Correct the hire at its source and confirm it again, or set the date (ResolveOnboarding, amend), the same one if it is right.
problem-age-unlikely = With the date of birth that the hire gives, the person would not be between { $youngest } and { $oldest } years old at the start, { DATE($start) }.
    .fix = Correct the hire at its source and confirm it again, or set the date of birth (ResolveOnboarding, amend), the same one if it is right.
problem-lucca-refused = Lucca refused to create the employee; the last error has Lucca's own words.
    .fix = { $fields_count ->
    [0] { "" }
   *[other] The call left these to the default values of Lucca's HR file: { $fields }. If Lucca names one of them, make sure that there is a default (Employees > Settings > Default values), or set one for the tenant (UpdateTenant).{ " " }
}{ $default_fields_count ->
    [0] { "" }
   *[other] The hire does not decide these, the tenant's settings do: { $default_fields }. If Lucca names one of them, correct the tenant's default (UpdateTenant, defaults): hires that wait for it then go on by themselves.{ " " }
}Correct anything else in the hire (ResolveOnboarding, amend) or in Lucca, then retry (RetryOnboardings).
problem-lucca-unavailable = Lucca could not be used for as long as retries are scheduled.
    .fix = Check that Lucca can be reached (CheckDefaults tells), then retry (RetryOnboardings).
problem-unlinked = { $open_attempt ->
    [yes] An operator said that the employee found in Lucca is not the person hired. The outcome of a creation call is unknown again.
   *[no] An operator said that the employee found in Lucca is not the person hired.
}
    .fix = Link the right employee (ResolveOnboarding, link_existing), create a new one (create_anyway, naming the attempts of unknown outcome; if the other person has the login, amend it first), or cancel the hire (CancelOnboarding).
problem-not-proven-absent = A creation call was made without a usable answer, and the API key has not proven that it sees future and former employees.
    .fix = Look in Lucca whether the person exists. If so, link the employee (ResolveOnboarding, link_existing). If not, give the key the right to see future and former employees and retry (RetryOnboardings), or use create_anyway and name the attempts.
problem-expired = Nobody decided about the hire before its retention time was over: it was cancelled, and its data were erased.
    .fix = If the person is still to be created, confirm the hire again at its source (CreateCollaborator).

## Warnings

warning-send-to-lucca-absent = The event does not say whether to send the hire to Lucca; this counts as yes.
warning-send-to-lucca-unreadable = What the event says about whether to send the hire to Lucca is neither yes nor no ({ $sent }).
warning-start-date-unreadable = { $sent_count ->
    [0] The start date that was sent cannot be read with certainty; it was left out.
   *[other] The start date that was sent ({ $sent }) cannot be read with certainty{ unread-date }; it was left out.
}
warning-start-date-from-time = The start date was read from a date with a time; check the day.
warning-date-from-time = The { noun } was read from a date with a time; check the day.
warning-field-unreadable = { $why ->
    [day_or_month] The { noun } was sent with slashes ({ $sent }), so that day and month cannot be told apart; it was left out.
    [spoilt] The { noun } lost characters on the way ({ $sent }); it was left out.
    [placeholder] The { noun } that was sent is a placeholder ({ $sent }); it was left out.
    [relay] The { noun } that was sent is an address of the recruiting software ({ $sent }); it was left out.
    [before_start] The { noun } that was sent ({ $sent }) is before the first day of the contract; it was left out.
    [not_a_login] What was sent as “identifiant” ({ $sent }) may be a number of the candidate; it was not taken as the login. Send a login as “login”.
   *[form] The { noun } was sent in a form that cannot be read ({ $sent }); it was left out.
}
warning-field-contradictory = Different values were sent for the { noun } ({ $sent }); it was left out.
warning-event-time-unlikely = The time that the event gives cannot be right; the time of its arrival counts.
warning-start-date-long-past = { $start ->
    [none] The contract started more than a month ago: check the date, and the year.
   *[other] The contract started on { DATE($start) }, { $days } days ago: check the date, and the year.
}
warning-user-not-seen = The employee was not found in Lucca: the file was deleted there, or the API key does not see it.
warning-same-name = Lucca has people with the same name; they use other addresses.
warning-adopted = An employee with the same login, name and start date was in Lucca already; nothing was sent.
warning-inactive-head = Without a manager Lucca takes the department's head, who is not active: Lucca may refuse the creation.
warning-manager-leaves = { $head ->
    [yes] Without a manager Lucca takes the department's head, who leaves on { DATE($end) }, before the contract starts.
   *[no] The manager leaves on { DATE($end) }, before the contract starts.
}
warning-manager-unclear = { $nobody_active ->
    [yes] No active employee in Lucca is the manager whom the hire names.
   *[no] The manager whom the hire names cannot be told for certain.
}
warning-manager-one-of-several = Several active employees have the name of the manager; the one in the same department or establishment was taken.
warning-not-matched = The { noun } { given-unit } of the hire matches nothing in Lucca; the default is used.
warning-several-matched = Several { noun.plural } in Lucca have the { given-unit } that the hire gives; the default is used.
warning-id-not-seen = { $id ->
    [none] The { noun } of the hire is not among those that the API key sees.
   *[other] The { noun } with id { $id } is not among those that the API key sees.
}
warning-extended-data-not-checked = The API key does not read the definitions of custom data: the creation shows whether Lucca takes those of the hire.
warning-extended-data-not-readable = Lucca does not show custom data to this API key: { $codes }.
warning-extended-data-not-shown = Lucca shows no value of “{ $data }”: it is empty, it does not exist, or the API key may not read it.

## Follow-ups: what is left to do

follow-up-replace-professional-email = Replace the professional e-mail: none was sent, so the personal one was used.
follow-up-replace-login = Replace the login: none was sent, so the personal e-mail was used.
follow-up-correct-unmatched = { $several ->
    [yes] Check the { noun }: several in Lucca have the name or code that the hire gives, so the default was used. Add it to the tenant's labels, and the next hire finds its { noun }.
   *[no] Check the { noun }: what the hire gives matches nothing in Lucca, so the default was used. Add it to the tenant's labels, and the next hire finds its { noun }.
}
follow-up-confirm-defaults = { $left_to_lucca ->
    [yes] Confirm the { noun }: the hire names none, so it was left to the default of Lucca's HR file.
   *[no] Confirm the { noun }: the hire names none, so the tenant's default was used.
}
follow-up-set-manager = { $given ->
    [yes] Set the manager: the one that the hire names could not be identified, so Lucca takes the head of the department.
   *[no] Check the manager: none was sent, so Lucca takes the head of the department.
}
follow-up-confirm-manager = Check the manager: several active employees have the name, and the one in the same department or establishment was taken.
follow-up-check-same-name = Check whether this is the same person as the employee of the same name, who uses other addresses: if so, delete or end one of the two files.
follow-up-complete-file = Complete the employee's file.
follow-up-dpae = File the declaration before hiring (DPAE) if the hire requires one: creating the employee through the API does not file it.
follow-up-launch-onboarding = Launch the onboarding in Lucca: the API does not.
follow-up-withdrawn-after-creation = { $earlier ->
    [none] { $advice ->
        [delete] The hire was withdrawn after the employee had been created: delete or end the file in Lucca.
        [keep] The hire was withdrawn, but another hire has the same employee: keep the file, and check in Lucca that it fits the other hire.
       *[look] The hire was withdrawn. The employee was in Lucca before, so do not delete the file: check in Lucca what is planned for this person.
    }
   *[other] The hire was withdrawn. An earlier hire of the same source has the employee { $earlier }: check in Lucca whether this person still comes.
}
follow-up-changed-after-creation = The { noun } of the hire changed after the employee had been created: correct it in Lucca.
follow-up-unexpected-user = { $user ->
    [none] A creation call that seemed to have had no effect created a user: check in Lucca whether the person exists twice or should not exist, and delete the duplicate.
   *[other] A creation call that seemed to have had no effect created user { $user }: check in Lucca whether the person exists twice or should not exist, and delete the duplicate.
}
follow-up-second-call = Another creation call was under way when the employee was found: check in Lucca that the person exists only once.

## Reasons: why a field has its value, why a candidate is proposed

reason-given = Given with the hire.
reason-given-id = The id was given.
reason-set-by-operator = Set by an operator.
reason-personal-email = Not given with the hire; the personal address is used instead.
reason-professional-email = The hire has neither a login nor a personal address; the professional address is used instead.
reason-label = The tenant's label table says so.
reason-same-code = The code is the same.
reason-same-unit-name = The name is the same.
reason-list-entry = The entry of the list was given by its name or id.
reason-tenant-default = The tenant's default.
reason-default-none-given = The hire names none; this is the tenant's default.
reason-default-not-readable = What the hire gives cannot be read; this is the tenant's default.
reason-default-not-matched = What the hire gives matches nothing in Lucca; this is the tenant's default.
reason-default-several = Several in Lucca have the name or code; this is the tenant's default.
reason-left-to-lucca = Left out: the tenant declares a default value in Lucca's HR file.
reason-login-left-to-lucca = Left out: the tenant declares that Lucca makes logins.
reason-head-of-department = Left out: Lucca takes the head of the department.
reason-manager-email = The active person with this e-mail address.
reason-manager-number = The active person with this employee number.
reason-only-with-name = The only active person with this name.
reason-only-in-department = The only one with this name in the department.
reason-only-in-establishment = The only one with this name in the establishment.
reason-active-with-name = An active person with this name.
reason-has-left = Has this name, but has left.
reason-not-started = Has this name, but has not started yet.
reason-similar-name = Has a similar name.
reason-not-in-use = Has this or a similar name, but is archived or inactive.
reason-same-name = Has the same name.
reason-same-login = Has the same login.
reason-same-email = Has the same e-mail address.
reason-same-login-and-email = Has the same login and e-mail address.
reason-same-name-start-and-address = Has the same name and start date, and the same login or an e-mail address.
reason-same-login-only = Has the same login, but another name or start date.
reason-same-email-only = Has the same e-mail address, but another name or start date.
reason-same-name-and-start-only = Has the same name and start date, but another login and other addresses.
reason-absent-manager = Has left by the first day of the contract, or the API key does not see them.
reason-not-shown = Lucca showed this person before and does not any more: the file was deleted, or the API key does not see it.
reason-unlinked = An operator has said that this is not the person hired.
reason-earlier-hire = Created by the earlier hire of the same source.
reason-entry-with-name = The entry has this name.
reason-entry = An entry of the list.

## Causes of failed calls, and what an onboarding waits for

cause-status = Lucca answered with status { $status }
cause-no-connection = no connection
cause-not-public = the name leads to an address that is not public
cause-not-allowed = the settings of the service do not allow the address
cause-timeout = no answer in time
cause-connection-cut = the connection was cut
cause-answer-too-large = the answer is too large
cause-unreadable = the answer cannot be read
cause-no-user-id = a success without a user id
cause-too-late = it was too late to send it
cause-stopped = the service stopped meanwhile
cause-unspecified = the cause was not recorded
trouble-call = The creation call failed: { $cause }.
trouble-read = Lucca could not be read: { $cause }.
trouble-slow-read = Waiting: reading Lucca takes long, or the account's calls are used up.
trouble-no-budget = Waiting: the account's calls to Lucca are used up for the moment.
trouble-login-reserved = { $by ->
    [none] Blocked by another hire that creates a person with the same login.
   *[other] Blocked by { $by }, which creates a person with the same login.
}
trouble-service-stopped = The service was stopped.
trouble-tenant-disabled = The tenant is disabled.
trouble-tenant-gone = The tenant does not exist any more.
trouble-tenant-unreadable = Waits for the tenant: its stored settings cannot be read, and an administrator has to repair them (TENANT_UNREADABLE).

## Cancellations

cancelled-source = The hire was withdrawn at its source.
cancelled-operator = An operator cancelled it.
cancelled-erasure = The person's data were to be erased.
cancelled-expiry = Nobody decided about it before its retention time was over.

## Faults: what is wrong with a field of a message; the field's path stands before it

fault-missing = must be given
fault-missing-or = must be given, or { $other }
fault-missing-attempts = must name every attempt of unknown outcome: { $numbers }
fault-empty = must not be empty
fault-too-large = must take at most { $max } bytes as JSON
fault-too-short = must have at least { $min } characters
fault-too-long = must have at most { $max } characters
fault-too-many = must have at most { $max } entries
fault-out-of-range = must be from { $min } to { $max }
fault-not-zero-nor-in-range = must be 0, or from { $min } to { $max }
fault-wait-too-long = must be from 0 to { $max } s
fault-negative = must not be negative
fault-not-positive = must be 1 or greater
fault-not-defined = must be one of the defined values
fault-not-one-of = must be one of { $values }
fault-not-empty-nor-one-of = must be empty, or one of { $values }
fault-not-unique = must be unique in its list
fault-control-character = must not contain control characters
fault-lost-character = must not contain characters that stand for lost ones, such as U+FFFD
fault-template = must not contain a template that was not filled in, such as {"{{"}name{"}}"}
fault-spaces-or-control-characters = must not begin or end with a space, nor contain control characters
fault-not-visible-ascii = must have at most { $max } characters, all of them visible ASCII
fault-not-a-word = must be 1 to { $max } visible ASCII characters, without spaces
fault-not-unreserved = must consist of letters, digits and `-`, `.`, `_`, `~`
fault-not-a-tenant-id = must be 1 to { $max } lower-case letters, digits and hyphens, and start with a letter
fault-not-a-system = must be 1 to { $max } lower-case letters, digits and `-`, `_`, `.`
fault-not-an-external-id = must be 1 to { $max } printable characters
fault-not-a-uuid = must be a UUID with hyphens
fault-several-addresses = must be one address, not several
fault-bad-character-in-address = must not contain spaces, brackets, quotes, `,`, `;`, `:`, `\` or control characters
fault-not-an-address = must have the form name@domain.tld
fault-not-a-date = must be a day of the calendar in the form YYYY-MM-DD
fault-year-out-of-range = must be a day of the years { $min } to { $max }
fault-too-far-away = must not be more than { $years } years from today
fault-nobodys-id = must be an id, not what stands for none (such as 0, null or a UUID of zeros)
fault-not-a-time = must be between the years 1 and 9999
fault-before-start = must not be before contract_start_date
fault-not-before-start = must be before contract_start_date
fault-codes-alike = must not have two codes that differ only in small and capital letters
fault-not-a-country = must be a country’s two-letter code of ISO 3166-1, such as FR
fault-other-kind = must be a value of another kind
fault-not-a-data-code = must start with e_ and go on with letters, digits, `-` or `_`
fault-not-finite = must not contain NaN or an infinite number
fault-no-fields = must name at least one field
fault-not-a-field-of-hires = must name fields of the collaborator only
fault-user-not-seen = must be the id of a user whom the tenant's API key sees in Lucca
fault-not-a-web-address = must be a web address such as https://example.ilucca.net
fault-user-in-address = must not contain a user or a password
fault-path-in-address = must end after the host: no path, query or fragment
fault-not-ascii-address = must be written in plain ASCII letters
fault-dot-after-host = must not end its host with a dot
fault-number-for-host = must have a host name, not a number that stands for an IP address
fault-bad-port = must have a port from 1 to 65535, or none
fault-not-https = must begin with https://
fault-ip-address = must have a host name, not an IP address
fault-port-in-address = must not name a port
fault-punycode-in-address = must not contain an internationalised name (xn--)
fault-not-lucca = must be an address of Lucca, or one that the service's settings allow
fault-not-a-callback-address = must be an https address with a host name, without user or fragment
fault-not-a-time-zone = must be an IANA time zone such as Europe/Paris
fault-key-cannot-be-removed = must be given: a key cannot be removed
fault-not-a-field-of-tenants = must be a field of the tenant that can be changed
fault-not-a-label = must be 1 to { $max } characters, with a letter or digit among them
fault-label-of-two-ids = must not be the same as another label with another lucca_id
fault-no-secret = must have at least one secret
fault-no-stored-secret = must be given: no secret with this id is stored here
fault-not-a-webhook-secret = must be `whsec_` and base64 of 24 to 64 bytes
fault-not-a-secret-id = must be at most { $max } letters, digits and `-`, `.`, `_`
fault-expires-too-late = must be before 9999-12-30T22:00:00Z, or left out: the secret then never expires
fault-no-proof = must say how a sender proves who it is
fault-proofs-exclude-each-other = must not use the same place of the request as another entry: both could never pass
fault-not-a-header = must be the name of an HTTP header
fault-header-of-transport = must be a header that the sender is free to choose
fault-not-a-field-of-events = must be one of the fields of an event: { $values }
fault-not-a-dotted-path = must be names separated by full stops
faults-more = and { $count } more

## Errors of calls

error-request-id-reused = This request_id was used for other content: use a new one.
error-bad-page-token = page_token does not belong to this list: start without one.
error-tenant-not-found = There is no tenant { $name }.
error-onboarding-not-found = There is no onboarding { $name }.
error-tenant-exists = There is a tenant with this id: use UpdateTenant.
error-employee-exists = The employee of this hire exists in Lucca and these fields differ: { $fields }. Nothing was stored: change them in Lucca, or set note_differences.
error-conflict-revision = The onboarding does not have the expected revision.
error-conflict-tenant = Others change this tenant at the same time: try again.
error-tenant-disabled = The tenant is disabled: enable it with UpdateTenant.
error-open-attempts = Creation calls of unknown outcome are being verified: try again when they are settled.
error-open-onboardings = Hires of the tenant have not ended ({ $count }): settle them, or set cancel_open.
error-not-waiting = The onboarding does not wait for a decision: only one in NEEDS_ATTENTION does.
error-ended = The employee of this hire is in Lucca, so the hire can no longer be cancelled. If the person does not come, withdraw the hire: its follow-up then says what to do with the file. If it is the wrong person, use ResolveOnboarding, unlink.
error-nothing-to-link = link_existing answers questions about the person hired only: do what problem.fix says.
error-link-unconfirmed = { $why ->
    [both] The employee differs from the hire in: { $fields }. Another hire has the same employee. If it is the person hired all the same, set confirm_difference.
    [held] Another hire has the same employee. If it is the person hired all the same, set confirm_difference.
   *[differs] The employee differs from the hire in: { $fields }. If it is the person hired all the same, set confirm_difference.
}
error-not-linked = There is no link to take back: the onboarding has no employee, created the employee itself, or its person has been erased.
error-quarantined = The stored record of this hire or tenant cannot be read and is in quarantine: an operator retries it once it is repaired, or erases it (see ListOnboardings, unreadable).
error-nothing-to-override = create_anyway overrides questions about people only: do what problem.fix says, or amend the hire.
error-login-taken = Someone in Lucca has the login of this hire, see problem.candidates. If it is the person hired, use link_existing; if not, amend the login, or free it in Lucca and retry.
error-login-reserved = The login of this hire is reserved: try again once it is free.
error-person-has-several-hires = The person has several hires: withdraw the one that is meant by its own id.
error-lucca-key-refused = Lucca refuses the tenant's API key, or the key lacks a right: grant the right in Lucca, or set another key.
error-lucca-unavailable = Lucca does not answer, or something else answers at its address: try again; if that does not help, check lucca_url.
error-lucca-not-allowed = The settings do not allow calls to the tenant's lucca_url (lucca.allowed_hosts).
error-lucca-budget-exhausted = The calls that Lucca allows this account are used up for the moment: try again.
error-account-changed = The employee is in the Lucca that the tenant pointed to before: look there.
error-unauthenticated = Send a valid token as `authorization: Bearer <token>`, or connect with a known certificate.
error-permission-denied = This token may not do this, or not for this tenant.
error-overloaded = Too many calls at the same time: try again.
error-stream-too-old = The stream has lasted as long as streams may: call again.
error-service-stopping = The service stops: call again.
error-quota-used-up = The tenant has { $max } onboardings, the most it may have: server.max_onboardings_per_tenant allows more.
error-request-too-large = The message is larger than { $max } bytes.
error-request-too-slow = The message did not arrive in time; nothing was done.
error-store-unavailable = Nothing can be stored or read at the moment: try again.
error-deadline-exceeded = The deadline passed before the answer was ready; what was stored stays stored.
error-internal = Internal error.

## The command line

command-check-pass = ok
command-check-warn = look
command-check-fail = FAIL
command-check-open = ?
command-check-ready = { $tenant } is ready: nothing that is known prevents a complete hire.
command-check-not-known = It is not known whether { $tenant } is ready: Lucca was not asked everything, or did not answer; check again.
command-check-not-ready = { $tenant } is not ready: put right what is marked FAIL.
command-check-counts = { $fail } to put right, { $warn } to look at, { $open } not known yet.
command-waiting-few = Only { $left } of the account's calls to Lucca are left for the moment: what needs more waits, until { $until } at the latest ({ $longest } s).
command-waiting-none = The account's calls to Lucca are used up for the moment: waiting for them, until { $until } at the latest ({ $longest } s).
command-waiting-meanwhile = Waiting for Lucca, or for the account's calls: { $seconds } s of at most { $longest } s.
command-history-time = TIME
command-history-event = EVENT
command-history-actor = BY
command-history-detail = DETAIL
command-history-changed = CHANGED
command-history-unproven = unproven
command-history-intact = The history is complete and unchanged.
command-history-cut = The latest entries were removed.
command-history-broken = Changed: { $changed }. These entries were changed or added, or entries before them were removed.
command-history-broken-and-cut = Changed: { $changed }. These entries were changed or added, or entries before them were removed. The latest entries were removed as well.
command-history-removed = Entries before { $before } were removed by retention on { $time }.
command-history-older = Nothing proves the { $count } entries that version 0.1 wrote.
command-keys-progress = { $sealed } of { $total } records
command-keys-sealed = { $count } records were sealed again; key { $key } is in use now.
command-keys-complete = No record needs an older key: take the older ones out of store.encryption_keys of every process.
command-keys-unreadable = { $count } records cannot be opened: put the key they were sealed with back into store.encryption_keys, or restore a backup.
command-keys-needed = Still needed: { $keys }. If another process still seals with an older key, give it the newest first and run this again.
command-keys-keep = Remove no key.
command-keys-cut = the service ended before the rotation did: run the same command again
command-tenant-created = { $tenant }: { $dry_run ->
    [yes] would be created
   *[no] created
}
command-tenant-updated = { $tenant }: { $dry_run ->
    [yes] would be updated: { $fields }
   *[no] updated: { $fields }
}
command-tenant-unchanged = { $tenant }: unchanged
command-tenants-none = { $file } lists no tenant
command-tenants-failed = { $failed } of { $all } tenants do not match { $file }
command-no-service = no gRPC service answers at { $endpoint } ({ $error }): start `onboarding serve` or `onboarding dev`, or name another with --endpoint
command-untrusted = { $endpoint } shows a certificate whose CA is not known here: name the file of that CA with --ca-file FILE
command-other-name = the certificate that { $endpoint } shows is for another name: give a name that is in it, with --endpoint https://NAME:PORT
command-no-tls = the service at { $endpoint } does not use TLS: try http://
command-bad-endpoint = { $endpoint } is not an address of a gRPC service
command-bad-token = the token holds characters that cannot be sent
command-tls-needed = the service uses TLS: give the name that is in its certificate, with --endpoint https://NAME:PORT
command-hint-token = here: --token-file FILE, or --cert-file FILE and --key-file FILE
command-hint-tls = the service may use TLS: --endpoint https://NAME:PORT, with the name as in its certificate, and --ca-file FILE

## Checks: what was found (CheckDefaults), and what to do

right = { $right ->
    [people] see all employees (“Read users Lucca properties”)
    [departments] manage or read departments (“Department management”)
    [establishments] read establishments and legal units (“Create, archive, unarchive establishments and legal units”)
    [roles] read roles
    [definitions] read the set-up of the HR file
    [section] consult the HR file, for the section that holds these data
    [future_and_former] see future and former employees (“See future employees”, “See former employees”)
   *[create] create employees (“Modify Lucca users properties”, “Create/delete an employee”)
}
    .what = { $right ->
    [people] the people
    [departments] the departments
    [establishments] the establishments
    [roles] the roles
   *[definitions] the definitions of custom data
}
    .without = { $right ->
    [roles] ids of roles are sent without having been compared
   *[definitions] a custom data that Lucca does not know is noticed only when Lucca refuses the hire
}
grant = In Lucca, open { $page }, choose the role with the name of the API key (at the bottom of the page) and let it { right }.
unseen = { $unseen ->
    [future] does not see anybody who starts in the future
    [former] does not see anybody who has left
   *[both] does not see anybody who starts in the future or has left
}
again-later = Check again later.
fix-above = Correct the points above, then check again.
default-named = { $label ->
    [none] with id { $id }
   *[other] “{ $label }” (id { $id })
}
left-out = A hire without { noun.a } gets the default value of Lucca’s HR file
set-in-lucca = In Lucca, open Employees > Settings > Default values and make sure that there is one for the { noun }.
first-hire = The first hire will show it.
try-again = Then retry the hires that wait (RetryOnboardings).
culture-named = { $name ->
    [none] The default culture is { $culture }
   *[other] The default culture is { $culture } ({ $name })
}
compare-culture = Compare the number (defaults.culture_id) with that of an employee in Lucca: 1036 means French (France).
item-bare = { $text }
item-named = { $name ->
    [none] { $key }
   *[other] { $key } ({ $name })
}
item-legal-unit = { $name } ({ $places })
item-data-unknown = “{ $data }” is unknown
item-no-such-entry = “{ $data }” needs an entry of its list, by number or name: { $entries }
item-broken-label = { $unused ->
    [yes] “{ $label }” ({ noun } { $id }, no longer used)
   *[no] “{ $label }” ({ noun } { $id }, not there)
}
item-start-date-unreadable = contract start date { $sent }{ unread-date }
item-field-unreadable = { noun } { $sent }{ $why ->
    [day_or_month] { unread-date }
    [spoilt] { " " }(characters were lost)
    [placeholder] { " " }(a placeholder)
    [relay] { " " }(an address of the recruiting software)
   *[form] { "" }
}
item-field-contradictory = { noun } { $sent } (different values)
item-perhaps-meant = Perhaps meant: { $candidates }.
item-candidate = { $label } (id { $id }{ $department ->
    [none] { "" }
   *[other] , { $department }
}{ $establishment ->
    [none] { "" }
   *[other] , { $establishment }
}{ $employee_number ->
    [none] { "" }
   *[other] , employee number { $employee_number }
}{ $day ->
    [none] { "" }
   *[other] { $presence ->
        [future] , from { DATE($day) }
        [former] , until { DATE($day) }
       *[other] , since { DATE($day) }
    }
})
check-unknown = { $gap ->
    [calls] Not known: the account’s calls to Lucca were used up before Lucca could be asked.
    [limit] Not known: Lucca’s limit of calls is used up for the moment.
    [time] Not known: Lucca’s answers took too long.
    [silence] Not known, because Lucca did not answer.
   *[none] Not known, because Lucca could not be read.
}
    .fix = { $gap ->
    [calls] Check again in a minute; if this persists, check how many hires are in progress, or ask whoever runs the service about its limit.
    [limit] Check again in a minute; if this persists, check which other integrations call Lucca.
    [time] { again-later }
    [silence] { again-later }
   *[none] { fix-above }
}
check-url-refused = { $address } is not an address of Lucca to which the service may send an API key: nothing is sent there. It { $fault }.
    .fix = Enter the https address of your Lucca (lucca_url); if it is right, ask whoever runs the service to allow it (lucca.allowed_hosts).
check-url-fine = { $environment ->
    [test] The address { $address } is well formed: a test account.
    [demo] The address { $address } is well formed: a demo account.
   *[none] The address { $address } is well formed.
}
check-lucca-answers = Lucca answers at { $address }.
check-url-not-allowed = The settings of the service do not allow calls to { $address }: it { $fault }.
    .fix = Check the address of Lucca (lucca_url), or have whoever runs the service allow it (lucca.allowed_hosts).
check-lucca-silent = Lucca does not answer at { $address } ({ $cause }).
    .fix = Check the address of Lucca (lucca_url); if it is right, check again later.
check-not-lucca = What answers at { $address } is not the Lucca that was expected.
    .fix = Check the address of Lucca (lucca_url): it is the one that employees open in the browser.
check-key-accepted = Lucca accepts the API key.
check-key-refused = Lucca does not accept the API key.
    .fix = In Lucca, click the rocket at the top right, then “Integrations”, make a new key for the connector, and store it here (lucca_api_key).
check-may-read = The API key reads { right.what }.
check-may-not-read = The API key is not allowed to read { right.what } of Lucca.
    .fix = { grant }
check-may-not-read-but-can-do-without = The API key is not allowed to read { right.what }: { right.without }.
    .fix = { grant }
check-not-listed = This Lucca does not list { right.what }, and is not required to: { right.without }.
    .fix = Nothing needs fixing; compare the ids that you have set with those in Lucca.
check-not-understood = Lucca’s answer about { right.what } cannot be understood.
    .fix = Report this to whoever runs the service: Lucca may have changed its API.
check-not-answered = Lucca did not answer when it was asked for { right.what }.
    .fix = { again-later }
check-sees-future-and-former = The API key sees people who start in the future and people who have left.
check-unseen-but-there = The API key { unseen }, although there are such people: a person who is in Lucca already could be treated as a new one.
    .fix = { grant }
check-unseen = The API key { unseen }: either there are none, or the key is not allowed to see them, and a person who is in Lucca already could be treated as a new one.
    .fix = { grant } If there are none, the first creation will show it.
check-may-create = The API key may create employees: it has done so (verified on { DATE($accepted) }).
check-may-not-create = On { DATE($refused) } Lucca refused a creation because the API key lacks the right to create employees.
    .fix = { grant } { try-again }
check-never-created = Nobody has been created with the present API key yet: only a creation shows whether it may.
    .fix = { grant } { first-hire }
check-no-default = { $field ->
    [role] There is no default role, and We Recruit sends none: every hire would wait.
   *[other] There is no default { noun }: a hire that names none, or one that Lucca does not know, will wait.
}
    .fix = { $field ->
    [role] Choose a role of Lucca as default (defaults.role_id), or set a default role in Lucca’s HR file and say so (lucca_defaults).
   *[other] Choose { noun.a } of Lucca as default (defaults.{ $field }_id), or watch the hires that wait.
}
check-default-in-use = The default { noun } is { default-named }.
check-default-not-used = The default { noun } { default-named } is no longer used in Lucca.
    .fix = Choose another { noun } (defaults.{ $field }_id), or reactivate this one in Lucca.
check-default-not-there = The default { noun } { default-named } is not in Lucca, or the API key does not see it.
    .fix = Choose { noun.a } that is in Lucca (defaults.{ $field }_id), or let the API key see it.
check-default-not-listed = Lucca does not tell whether there is { noun.a } with the id { $id }.
    .fix = Compare the id (defaults.{ $field }_id) with the { noun } in Lucca.
check-lucca-default-untried = { left-out }, which no creation has confirmed yet.
    .fix = { set-in-lucca } { first-hire }
check-lucca-default-verified = { left-out } (verified on { DATE($accepted) }).
check-lucca-default-doubted = { left-out } (verified on { DATE($accepted) }), but on { DATE($refused) } Lucca refused a creation that left it out, for this or another reason.
    .fix = Read Lucca’s own sentence in the hire that waits. { set-in-lucca } { try-again }
check-lucca-default-refuted = On { DATE($refused) } Lucca refused a creation that left out the { noun }: its HR file probably has no default value for it (refuted).
    .fix = { set-in-lucca } { try-again }
check-login-is-email = A hire without a login gets the personal e-mail as login, to be replaced in Lucca later.
check-no-culture = No culture is sent: Lucca chooses the language of the employee.
check-culture-known = { culture-named }.
check-culture-verified = { culture-named } (verified on { DATE($accepted) }).
check-culture-refused = { culture-named }, but on { DATE($refused) } Lucca refused a creation with it, for this or another reason.
    .fix = { compare-culture }
check-culture-not-known = { culture-named }; Lucca does not show whether it knows it.
    .fix = { compare-culture } { first-hire }
check-heads-fine = { $without ->
    [0] The heads of the departments can become managers.
   *[other] The heads of the departments can become managers. Departments for which Lucca names no head: { $without }.
}
check-heads-unfit = { $left_count ->
    [0] { "" }
   *[other] The head of these departments has left: { $left }.{ " " }
}{ $hidden_count ->
    [0] { "" }
   *[other] The API key does not see the head of these departments: { $hidden }.{ " " }
}Lucca may refuse a hire without a manager there.{ $headless_count ->
    [0] { "" }
   *[other] { " " }Lucca names no head for { $headless }: a hire without a manager there gets none.
}
    .fix = { give-heads }
check-heads-missing = Lucca names no head for { $headless }: a hire without a manager there gets none.
    .fix = { give-heads }
give-heads = In Lucca, give these departments an active head (organisation, departments), or make sure that hires name their manager.
check-no-labels = The label table is empty: names are compared with those in Lucca.
check-labels-fine = Every entry of the label table leads to something that Lucca uses ({ $count }).
check-labels-broken = These entries of the label table lead to nothing that is used in Lucca; hires with these names will be refused: { $entries }.
    .fix = Give these entries the id of something that is used in Lucca, or remove them (labels).
check-nothing-to-read-back = No custom data are to be read back from Lucca.
check-data-readable = The API key reads these custom data: { $codes }.
check-data-not-there = Lucca has no custom data with these codes: { $codes }.
    .fix = Correct the codes (readable_extended_data); Lucca has: { $known }.
check-data-hidden = These custom data exist, but the API key sees no value of them for the employees that were read: { $codes }. Either nobody has one, or the key may not read their section of the HR file.
    .fix = { grant }
check-sample-data-known = Lucca knows the custom data of the sample.
check-sample-data-refused = Lucca would not accept some custom data of the sample: { $clauses }.
    .fix = Correct the codes (extended_data); Lucca has: { $known }.
check-dpae-data = If the hire requires a DPAE, that declaration needs data that We Recruit does not send: sex, date and place of birth, and the social-security number. Whether the HR file asks for them cannot be read.
    .fix = In Lucca, adapt the HR file to the DPAE and create a DPAE configuration that covers your establishments; have the employee complete the data in the onboarding form, and check the DPAE of each hire within the 8 days before the start.
check-legal-units = The DPAE is declared by legal unit: { $clauses }.
check-no-legal-unit = It is not known which legal unit these establishments belong to, and so who declares their hires: { $establishments }.
    .fix = In Lucca, open the establishments of the organisation and choose the legal unit of each; if they have one, let the API key read legal units.
check-tenant-enabled = Hires are accepted.
check-tenant-disabled = The tenant is disabled: no hire is accepted and nobody is created.
    .fix = Enable the tenant (disabled).
check-time-zone = Start dates that come with a time are read in the zone { $zone }.
check-no-time-zone = “{ $zone }” is not a time zone: somebody could start on the wrong day.
    .fix = Set the time zone of the company, such as Europe/Paris or Indian/Reunion (time_zone).
check-no-webhook-secret = No secret lets We Recruit prove who it is: every webhook is refused.
    .fix = Agree on a secret with We Recruit and store it (webhook.auth), unless hires come by gRPC only.
check-webhook-secret-expired = A secret of the webhooks has expired and was not replaced: every webhook is refused.
    .fix = Agree on a new secret with We Recruit and store it (webhook.auth).
check-webhook-secrets-live = Webhooks are accepted if they prove where they come from.
check-webhooks-arrive = The last webhook was accepted on { DATE($day) } at { $hour }.
check-webhooks-never-came = No webhook has come yet.
    .fix = Send one from We Recruit. If none is shown here a minute later, check the address that We Recruit sends to, and whether the adapter runs. Nothing is to be done if hires come by gRPC only.
check-webhooks-refused = The last webhook, on { DATE($day) } at { $hour }, was refused: { $refusal ->
    [signature] its signature or token is wrong
    [proof_missing] it has no signature or token
    [timestamp] its timestamp is more than five minutes away from the time here
    [no_secret] no valid secret is set
    [too_large] it is too large
    [encoded] its body is compressed or encoded
    [not_json] its body is not JSON
    [incomplete] it did not arrive whole
    [too_many] too many came in a short time
    [disabled] the tenant is disabled
   *[unavailable] it could not be stored at that time
}. { $accepted_day ->
    [none] None has been accepted yet.
   *[other] The last one that was accepted came on { DATE($accepted_day) } at { $accepted_hour }.
}
    .fix = { $refusal ->
    [signature] Compare the secret in We Recruit with the stored one (webhook.auth).
    [proof_missing] Check that We Recruit signs its webhooks in the way that is set (webhook.auth).
    [timestamp] Correct the clock of the sender or of the adapter.
    [no_secret] Agree on a secret with We Recruit and store it (webhook.auth).
    [disabled] Enable the tenant if it should take hires.
    [too_many] Nothing if the sender tries again; otherwise ask whoever runs the service to raise the limit (adapter.limits).
    [unavailable] Nothing if the sender tries again; otherwise ask whoever runs the service.
   *[other] Ask We Recruit to send plain JSON, whole and within the limits of the adapter.
} Anybody can send to this address: if the webhooks of We Recruit are accepted, nothing is to be done.
check-calls-left = { $calls ->
    [one] One call to Lucca can be made now.
   *[other] { $calls } calls to Lucca can be made now.
}
check-no-calls-left = No call to Lucca is left for the moment: hires wait for their turn.
    .fix = Nothing if this passes within minutes; otherwise ask whoever runs the service about its limit.
check-records-readable = Every stored hire can be read.
check-records-unreadable = Stored hires cannot be read and are in quarantine, so they do not go on: { $entries }.
    .fix = Ask whoever runs the service to repair and retry them, or to erase them.
check-tenant-unreadable = The stored tenant cannot be read ({ $part }) and is in quarantine. Hires that wait for it: { $waiting }.
    .fix = Ask whoever runs the service to restore the tenant, or to change it (UpdateTenant) if an older version of it was put back.
check-sample-incomplete = The sample lacks: { $fields }.
    .fix = Complete the sample.
check-sample-data-wrong = Lucca would refuse the sample because of its custom data.
    .fix = Correct the custom data of the sample, as described above.
check-sample-not-tried = The sample could not be tried, because Lucca could not be read.
    .fix = { fix-above }
check-sample-ready = The sample would be created as the preview shows.
check-sample-exists = The person of the sample is in Lucca already (id { $id }): nobody would be created.
    .fix = Nothing, if that is the person meant.
