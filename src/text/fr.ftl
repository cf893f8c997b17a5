# Toutes les phrases que lisent les personnes, en français. L'anglais est dans en.ftl : mêmes
# identifiants, mêmes arguments. Les espaces avant « : ; ? ! » et à l'intérieur des guillemets
# deviennent insécables à la lecture du fichier (voir ../text.rs).

## Éléments communs

noun = { $field ->
    [establishment] établissement
    [department] département
    [role] rôle principal
    [login] login
    [culture] culture
    [manager] manager
    [family_name] nom
    [given_name] prénom
    [professional_email] e-mail professionnel
    [personal_email] e-mail personnel
    [contract_start_date] date de début de contrat
    [contract_end_date] date de fin de contrat
    [employee_number] matricule
    [job_title] intitulé de poste
    [personal_phone] téléphone personnel
    [birth_date] date de naissance
    [nationality] nationalité
    [extended_data] données personnalisées
   *[other] { $field }
}
    .plural = { $field ->
    [establishment] établissements
    [department] départements
    [role] rôles principaux
   *[other] valeurs
}
    .the = { $field ->
    [establishment] l’établissement
    [culture] la culture
    [contract_start_date] la date de début de contrat
    [contract_end_date] la date de fin de contrat
    [birth_date] la date de naissance
    [nationality] la nationalité
    [professional_email] l’e-mail professionnel
    [personal_email] l’e-mail personnel
    [job_title] l’intitulé de poste
    [extended_data] les données personnalisées
   *[other] le { noun }
}
    .The = { $field ->
    [establishment] L’établissement
    [culture] La culture
    [contract_start_date] La date de début de contrat
    [contract_end_date] La date de fin de contrat
    [birth_date] La date de naissance
    [nationality] La nationalité
    [professional_email] L’e-mail professionnel
    [personal_email] L’e-mail personnel
    [job_title] L’intitulé de poste
    [extended_data] Les données personnalisées
   *[other] Le { noun }
}
    .a = { $field ->
    [culture] une culture
   *[other] un { noun }
}
    .of = { $field ->
    [establishment] d’établissement
   *[other] de { noun }
}
unread-date = { $why ->
    [none] { "" }
    [day_or_month] { " : avec des barres obliques, on ne peut pas distinguer le jour du mois" }
    [too_far_away] { " : elle est éloignée de plus de deux ans" }
   *[form] { " : elle n’a pas la forme AAAA-MM-JJ" }
}
given-unit = { $given_by ->
    [code] code
   *[name] nom
}{ $value ->
    [none] { "" }
   *[other] { " " }« { $value } »
}
quoted = « { $text } »
list-and = { $first } et { $last }
list-more = { $count } autres
list-clauses = { $first } ; { $last }
lucca-says = Réponse de Lucca : « { $said } »
user-without-name = Utilisateur Lucca { $id }

## Problèmes : ce qui est demandé, et ce qu’il y a à faire

problem-incomplete = { $start_unreadable ->
    [yes] Il manque à l’embauche : { $fields }. Une date de début a été transmise, mais elle ne peut pas être lue avec certitude.
   *[no] Il manque à l’embauche : { $fields }.
}{ $clauses_count ->
    [0] { "" }
   *[other] { " " }Transmis, mais laissé de côté : { $clauses }.
}
    .fix = { $start_unreadable ->
    [yes] Corrigez l’embauche (ResolveOnboarding, amend), ou corrigez-la dans l’outil de recrutement et confirmez-la à nouveau. Si l’outil écrit JJ/MM/AAAA, activez le réglage webhook.day_first_dates du client (UpdateTenant), puis confirmez à nouveau l’embauche.
   *[no] Complétez l’embauche dans l’outil de recrutement et confirmez-la à nouveau, ou complétez-la ici (ResolveOnboarding, amend). Une valeur transmise mais illisible compte comme manquante (ListHistory l’indique).
}
problem-end-before-start = Le contrat se terminerait le { DATE($end) }, avant de débuter le { DATE($start) }.
    .fix = Corrigez l’une des deux dates : corrigez l’embauche (ResolveOnboarding, amend), ou rectifiez-la dans l’outil de recrutement et confirmez-la à nouveau.
problem-birth-after-start = D’après la date de naissance transmise, la personne ne serait pas née avant le début du contrat, le { DATE($start) }.
    .fix = Corrigez l’une des deux dates : corrigez l’embauche (ResolveOnboarding, amend), ou rectifiez-la dans l’outil de recrutement et confirmez-la à nouveau.
problem-codes-alike = Ces codes de données personnalisées n’en font qu’un pour Lucca, qui ne distingue pas les majuscules : { $codes }.
    .fix = N’en gardez qu’un : corrigez les données personnalisées (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement et confirmez-la à nouveau.
problem-not-usable = { noun.The } de l’embauche ne peut pas être transmis à Lucca en l’état{ $value ->
    [none] { "" }
   *[other] { " :" } « { $value } »
}.
    .fix = Corrigez { noun.the } (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement et confirmez-la à nouveau.
problem-send-to-lucca-unclear = L’outil de recrutement n’indique pas clairement si l’embauche est destinée à Lucca : la réponse transmise, { $sent }, n’est ni oui ni non.
    .fix = Répondez par oui ou par non dans l’outil de recrutement, puis confirmez à nouveau l’embauche. Ou corrigez l’embauche si elle est destinée à Lucca (ResolveOnboarding, amend), et annulez-la sinon (CancelOnboarding).
problem-no-default = { $unreadable ->
    [yes] { noun.The } de l’embauche ne peut pas être lu, et il n’y a pas de valeur par défaut.
   *[no] L’embauche ne précise pas { noun.of }, et il n’y a pas de valeur par défaut.
}
    .fix = Choisissez une valeur par défaut pour { noun.the }, ou signalez que le dossier RH de Lucca en a une (UpdateTenant, lucca_defaults) : les embauches en attente repartent alors d’elles-mêmes. Ou complétez cette embauche (ResolveOnboarding, amend).
problem-unmatched-no-default = { $several ->
    [yes] Plusieurs { noun.plural } de Lucca ont le { given-unit } donné avec l’embauche, et il n’y a pas de valeur par défaut.
   *[no] { noun.The } de l’embauche ne correspond à rien dans Lucca ({ given-unit }), et il n’y a pas de valeur par défaut.
}
    .fix = Corrigez { noun.the } (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement. Ou ajoutez ce { $given_by ->
    [code] code
   *[name] nom
} à la table de correspondance (labels), ou choisissez une valeur par défaut (UpdateTenant) : les embauches en attente repartent alors d’elles-mêmes.
problem-default-not-in-use = { noun.The } par défaut (identifiant { $id }) n’est pas utilisé dans Lucca, ou la clé API ne le voit pas.
    .fix = Choisissez une autre valeur par défaut pour { noun.the } (UpdateTenant) : les embauches en attente repartent alors d’elles-mêmes. Ou réactivez celle-ci dans Lucca et relancez (RetryOnboardings), ou donnez une autre valeur à cette embauche (ResolveOnboarding, amend).
problem-not-matched = { $several ->
    [yes] Plusieurs { noun.plural } de Lucca ont le { given-unit } donné avec l’embauche.
   *[no] { noun.The } de l’embauche ne correspond à rien dans Lucca ({ given-unit }).
}
    .fix = Corrigez { noun.the } (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement. Ou ajoutez ce { $given_by ->
    [code] code
   *[name] nom
} à la table de correspondance (UpdateTenant, labels) : les embauches en attente repartent alors d’elles-mêmes.
problem-not-readable = { $sent_count ->
    [0] { noun.The } de l’embauche ne peut pas être lu.
   *[other] { noun.The } de l’embauche ne peut pas être lu. Valeur transmise : { $sent }.
}
    .fix = Corrigez { noun.the } (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement.
problem-id-not-in-use = { noun.The } d’identifiant { $id } n’est pas utilisé dans Lucca, ou la clé API ne le voit pas.
    .fix = Corrigez { noun.the } (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement. Ou réactivez { noun.the } dans Lucca et relancez (RetryOnboardings).
problem-label-not-in-use = La table de correspondance mène à { noun.the } d’identifiant { $id }, qui n’est pas utilisé dans Lucca ou que la clé API ne voit pas.
    .fix = Corrigez la table de correspondance (UpdateTenant, labels) : les embauches en attente repartent alors d’elles-mêmes. Ou réactivez { noun.the } dans Lucca et relancez (RetryOnboardings), ou corrigez l’embauche (ResolveOnboarding, amend).
problem-no-such-entry = Une valeur de l’embauche ne figure pas dans la liste de ces données personnalisées : { $codes }.
    .fix = Corrigez les données personnalisées (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement. Ou ajoutez l’entrée à la liste dans Lucca, puis relancez (RetryOnboardings).
problem-no-such-data = { $near_count ->
    [0] Lucca n’a pas de données personnalisées avec ces codes : { $codes }.
   *[other] Lucca n’a pas de données personnalisées avec ces codes : { $codes }. Codes proches : { $near }.
}
    .fix = Corrigez les données personnalisées (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement. Ou créez la donnée personnalisée dans le dossier RH de Lucca, puis relancez (RetryOnboardings).
problem-manager-unclear = { $nobody_active ->
    [yes] Le manager de l’embauche ne correspond à aucun collaborateur actif de Lucca.
   *[no] Le manager de l’embauche ne peut pas être déterminé avec certitude.
}
    .fix = Désignez le manager par son identifiant Lucca ou son e-mail (ResolveOnboarding, amend), ou rectifiez l’embauche dans l’outil de recrutement.
problem-person-exists = Un collaborateur de Lucca utilise le même login ou la même adresse e-mail.
    .fix = S’il s’agit de la personne embauchée, rattachez-la (ResolveOnboarding, link_existing). S’il s’agit d’une autre personne, faites-la créer malgré tout (create_anyway) ; si l’autre a déjà ce login, changez-le d’abord (amend). Si le dossier a été supprimé dans Lucca, relancez (RetryOnboardings).
problem-former-employee = Un ancien collaborateur de Lucca utilise le même login ou la même adresse e-mail.
    .fix = S’il s’agit d’une réembauche, créez le nouveau contrat dans Lucca et rattachez la personne (ResolveOnboarding, link_existing). S’il s’agit d’une autre personne, faites-la créer malgré tout (create_anyway) ; si l’autre a déjà ce login, changez-le d’abord (amend).
problem-starts-again = La même candidature a déjà donné lieu à une embauche, et débute maintenant plus tard.
    .fix = Si le début a seulement été reporté, corrigez-le dans Lucca et rattachez le collaborateur (ResolveOnboarding, link_existing). S’il s’agit d’un nouveau contrat, créez-le dans Lucca et rattachez le collaborateur. S’il s’agit d’une autre personne, faites-la créer malgré tout (create_anyway). Sinon, annulez l’embauche (CancelOnboarding).
problem-earlier-employee = { $shown ->
    [yes] L’embauche a été confirmée de nouveau. Son collaborateur précédent est dans Lucca et diffère de l’embauche.
   *[no] L’embauche a été confirmée de nouveau, mais Lucca n’affiche plus son collaborateur précédent : le dossier a été supprimé, ou la clé API ne le voit pas.
}
    .fix = Vérifiez dans Lucca. Si le collaborateur y est, rattachez-le (ResolveOnboarding, link_existing). Si le dossier a été supprimé, faites créer un nouveau collaborateur (create_anyway). Si personne ne doit venir, annulez l’embauche (CancelOnboarding).
problem-login-taken = Une autre personne de Lucca a le même login.
    .fix = S’il s’agit de la personne embauchée, rattachez-la (ResolveOnboarding, link_existing). Sinon, donnez un autre login à l’embauche (ResolveOnboarding, amend), ou libérez-le dans Lucca et relancez (RetryOnboardings) : deux personnes ne peuvent pas avoir le même.
problem-application-shared = La candidature { $application } est déjà celle d’une autre personne : elle a deux candidats.
    .fix = Vérifiez dans le logiciel de recrutement à qui appartient cette candidature. Si les deux personnes sont embauchées, demandez la création malgré tout (create_anyway) : l’embauche suit alors son cours. Sinon, annulez celle qui n’a pas lieu d’être.
problem-someone-similar = Un appel de création est resté sans réponse exploitable, et une personne de Lucca ressemble en partie à celle de l’embauche : même login ou même adresse e-mail, ou même nom et même date de début, mais pas les deux.
    .fix = Regardez cette personne dans Lucca. S’il s’agit de la personne embauchée, rattachez-la (ResolveOnboarding, link_existing). Sinon, changez le login (amend) si cette personne a celui-ci, puis faites créer la personne malgré tout (create_anyway) en nommant les tentatives.
problem-key-refused = Lucca refuse la clé API du client, ou il lui manque un droit.
    .fix = Enregistrez une clé que Lucca accepte (UpdateTenant) : les embauches en attente repartent alors d’elles-mêmes. Ou donnez à la clé, dans Lucca, le droit qui lui manque (CheckDefaults le nomme), puis relancez (RetryOnboardings).
problem-reading-not-allowed = Il manque à la clé API du client un droit de lecture nécessaire à toute embauche : collaborateurs, établissements ou départements.
    .fix = Donnez ce droit à la clé dans Lucca (CheckDefaults indique lequel et où), puis relancez (RetryOnboardings). Ou enregistrez une clé qui l’a (UpdateTenant) : les embauches en attente repartent alors d’elles-mêmes.
problem-creation-not-allowed = La clé API du client peut lire dans Lucca, mais Lucca ne lui permet pas de créer le collaborateur.
    .fix = Dans Lucca, autorisez le rôle de la clé API à créer des collaborateurs (CheckDefaults indique où), puis relancez (RetryOnboardings). Ou enregistrez une clé qui en a le droit (UpdateTenant) : les embauches en attente repartent alors d’elles-mêmes.
problem-account-changed = Le client utilise maintenant un autre Lucca qu’à l’arrivée de cette embauche.
    .fix = Confirmez à nouveau l’embauche pour créer le collaborateur dans le Lucca actuel, puis annulez celle-ci (CancelOnboarding). Ou faites de nouveau pointer le client vers l’ancien Lucca (UpdateTenant) : les embauches en attente repartent alors d’elles-mêmes.
problem-start-unlikely = { $ahead ->
    [yes] Le contrat débute le { DATE($start) }, dans plus de { $years } ans.
   *[no] Le contrat a débuté le { DATE($start) }, il y a plus de { $years } ans.
}
    .fix = Corrigez l’embauche dans l’outil de recrutement et confirmez-la à nouveau, ou fixez la date (ResolveOnboarding, amend), la même si elle est exacte.
problem-age-unlikely = D’après la date de naissance transmise, la personne n’aurait pas entre { $youngest } et { $oldest } ans au début du contrat, le { DATE($start) }.
    .fix = Corrigez l’embauche dans l’outil de recrutement et confirmez-la à nouveau, ou fixez la date de naissance (ResolveOnboarding, amend), la même si elle est exacte.
problem-lucca-refused = Lucca a refusé de créer le collaborateur ; sa réponse figure dans la dernière erreur.
    .fix = { $fields_count ->
    [0] { "" }
   *[other] L’appel s’en est remis aux valeurs par défaut du dossier RH de Lucca pour : { $fields }. Si Lucca nomme l’une d’elles, vérifiez qu’elle existe (Collaborateurs > Paramètres > Valeurs par défaut), ou choisissez une valeur par défaut pour le client (UpdateTenant).{ " " }
}{ $default_fields_count ->
    [0] { "" }
   *[other] Ces valeurs viennent des réglages du client, et non de l’embauche : { $default_fields }. Si Lucca nomme l’une d’elles, corrigez la valeur par défaut du client (UpdateTenant, defaults) : les embauches en attente repartent alors d’elles-mêmes.{ " " }
}Corrigez toute autre chose dans l’embauche (ResolveOnboarding, amend) ou dans Lucca, puis relancez (RetryOnboardings).
problem-lucca-unavailable = Lucca est resté injoignable pendant toute la durée prévue des nouvelles tentatives.
    .fix = Vérifiez que Lucca est joignable (CheckDefaults l’indique), puis relancez (RetryOnboardings).
problem-unlinked = { $open_attempt ->
    [yes] Un opérateur a indiqué que le collaborateur trouvé dans Lucca n’est pas la personne recrutée. Le résultat d’un appel de création est de nouveau inconnu.
   *[no] Un opérateur a indiqué que le collaborateur trouvé dans Lucca n’est pas la personne recrutée.
}
    .fix = Rattachez le bon collaborateur (ResolveOnboarding, link_existing), créez-en un nouveau (create_anyway, en nommant les tentatives au résultat inconnu ; si l’autre personne a le login, changez-le d’abord), ou annulez l’embauche (CancelOnboarding).
problem-not-proven-absent = Un appel de création est resté sans réponse exploitable, et la clé API n’a pas prouvé qu’elle voit les futurs et les anciens collaborateurs.
    .fix = Regardez dans Lucca si la personne existe. Si oui, rattachez le collaborateur (ResolveOnboarding, link_existing). Sinon, donnez à la clé le droit de voir les futurs et les anciens collaborateurs et relancez (RetryOnboardings), ou faites créer la personne malgré tout (create_anyway) en nommant les tentatives.
problem-expired = Personne n’a pris de décision sur l’embauche avant la fin de sa durée de conservation : elle a été annulée, et ses données effacées.
    .fix = Si la personne doit encore être créée, confirmez à nouveau l’embauche dans l’outil de recrutement (CreateCollaborator).

## Avertissements

warning-send-to-lucca-absent = L’événement n’indique pas si l’embauche doit être envoyée à Lucca ; par défaut, elle l’est.
warning-send-to-lucca-unreadable = La réponse à la question de l’envoi à Lucca n’est ni oui ni non ({ $sent }).
warning-start-date-unreadable = { $sent_count ->
    [0] La date de début transmise ne peut pas être lue avec certitude ; elle a été ignorée.
   *[other] La date de début transmise ({ $sent }) ne peut pas être lue avec certitude{ unread-date } ; elle a été ignorée.
}
warning-start-date-from-time = La date de début a été transmise avec une heure ; vérifiez le jour retenu.
warning-date-from-time = { noun.The } : la date a été transmise avec une heure ; vérifiez le jour retenu.
warning-field-unreadable = { $why ->
    [day_or_month] { noun.The } : la date transmise contient des barres obliques ({ $sent }), on ne peut donc pas distinguer le jour du mois ; elle a été ignorée.
    [spoilt] { noun.The } : des caractères ont été perdus lors de la transmission ({ $sent }) ; la valeur a été ignorée.
    [placeholder] { noun.The } : une valeur de remplissage a été transmise ({ $sent }) ; elle a été ignorée.
    [relay] { noun.The } : une adresse de l’outil de recrutement a été transmise ({ $sent }) ; elle a été ignorée.
    [before_start] { noun.The } : la date transmise ({ $sent }) précède le premier jour du contrat ; elle a été ignorée.
    [not_a_login] La valeur transmise comme « identifiant » ({ $sent }) est peut-être un numéro de candidat ; elle n’a pas été reprise comme login. Un login se transmet sous le nom « login ».
   *[form] { noun.The } : la valeur transmise ({ $sent }) est illisible ; elle a été ignorée.
}
warning-field-contradictory = { noun.The } : des valeurs contradictoires ont été transmises ({ $sent }) ; elles ont été ignorées.
warning-event-time-unlikely = L’heure indiquée par l’événement est invraisemblable ; c’est l’heure de réception qui compte.
warning-start-date-long-past = { $start ->
    [none] Le contrat a débuté il y a plus d’un mois : vérifiez la date, notamment l’année.
   *[other] Le contrat a débuté le { DATE($start) }, il y a { $days } jours : vérifiez la date, notamment l’année.
}
warning-user-not-seen = Le collaborateur n’a pas été trouvé dans Lucca : son dossier y a été supprimé, ou la clé API n’y a pas accès.
warning-same-name = Des personnes du même nom figurent déjà dans Lucca, avec d’autres adresses e-mail.
warning-adopted = Un collaborateur ayant le même login, le même nom et la même date de début figurait déjà dans Lucca ; rien n’a été envoyé.
warning-inactive-head = Faute de manager, Lucca retient le responsable du département, qui n’est pas actif : Lucca peut refuser la création.
warning-manager-leaves = { $head ->
    [yes] Faute de manager, Lucca retient le responsable du département, qui quitte l’entreprise le { DATE($end) }, avant le début du contrat.
   *[no] Le manager quitte l’entreprise le { DATE($end) }, avant le début du contrat.
}
warning-manager-unclear = { $nobody_active ->
    [yes] Le manager de l’embauche ne correspond à aucun collaborateur actif de Lucca.
   *[no] Le manager de l’embauche ne peut pas être déterminé avec certitude.
}
warning-manager-one-of-several = Plusieurs collaborateurs actifs portent le nom du manager ; celui du même département ou du même établissement a été retenu.
warning-not-matched = { noun.The } de l’embauche est introuvable dans Lucca ({ given-unit }) ; la valeur par défaut est utilisée.
warning-several-matched = Plusieurs { noun.plural } de Lucca ont le { given-unit } indiqué dans l’embauche ; la valeur par défaut est utilisée.
warning-id-not-seen = { $id ->
    [none] La clé API ne voit pas { noun.the } de l’embauche.
   *[other] La clé API ne voit pas { noun.the } d’identifiant { $id }.
}
warning-extended-data-not-checked = La clé API n’a pas accès aux définitions des données personnalisées : seule la création montrera si Lucca accepte celles de l’embauche.
warning-extended-data-not-readable = Lucca ne montre pas de données personnalisées à cette clé API : { $codes }.
warning-extended-data-not-shown = Lucca ne montre aucune valeur de « { $data } » : elle est vide, elle n’existe pas, ou la clé API ne peut pas la lire.

## Suites : ce qu’il reste à faire

follow-up-replace-professional-email = Remplacez l’e-mail professionnel : faute d’adresse professionnelle, l’e-mail personnel a été repris.
follow-up-replace-login = Remplacez le login : faute de login transmis, l’e-mail personnel a été repris.
follow-up-correct-unmatched = { $several ->
    [yes] Vérifiez { noun.the } : plusieurs { noun.plural } de Lucca ont le nom ou le code indiqué dans l’embauche, et la valeur par défaut a été utilisée. Pour les prochaines embauches, faites-le ajouter à la table de correspondance.
   *[no] Vérifiez { noun.the } : le nom ou le code indiqué dans l’embauche est introuvable dans Lucca, et la valeur par défaut a été utilisée. Pour les prochaines embauches, faites-le ajouter à la table de correspondance.
}
follow-up-confirm-defaults = { $left_to_lucca ->
    [yes] Confirmez { noun.the } : l’embauche n’en précise pas, et la valeur par défaut du dossier RH de Lucca s’applique.
   *[no] Confirmez { noun.the } : l’embauche n’en précise pas, et la valeur par défaut de l’entreprise a été utilisée.
}
follow-up-set-manager = { $given ->
    [yes] Renseignez le manager : celui de l’embauche n’a pas pu être identifié avec certitude, et Lucca retient le responsable du département.
   *[no] Vérifiez le manager : aucun n’a été transmis, et Lucca retient le responsable du département.
}
follow-up-confirm-manager = Vérifiez le manager : plusieurs collaborateurs actifs portent ce nom, et celui du même département ou du même établissement a été retenu.
follow-up-check-same-name = Vérifiez s’il s’agit de la même personne que le collaborateur du même nom, qui a d’autres adresses : si oui, supprimez ou clôturez l’un des deux dossiers.
follow-up-complete-file = Complétez le dossier du collaborateur.
follow-up-dpae = Effectuez la déclaration préalable à l’embauche (DPAE) si l’embauche l’exige : la création par l’API ne l’effectue pas.
follow-up-launch-onboarding = Lancez l’onboarding dans Lucca : l’API ne le fait pas.
follow-up-withdrawn-after-creation = { $earlier ->
    [none] { $advice ->
        [delete] L’embauche a été annulée après la création du collaborateur : supprimez ou clôturez son dossier dans Lucca.
        [keep] L’embauche a été annulée, mais une autre embauche concerne le même collaborateur : conservez le dossier, et vérifiez dans Lucca qu’il correspond à l’autre embauche.
       *[look] L’embauche a été annulée. Le collaborateur était déjà dans Lucca : ne supprimez pas son dossier, et vérifiez dans Lucca ce qui est prévu pour cette personne.
    }
   *[other] L’embauche a été annulée. Une embauche antérieure de la même candidature correspond au collaborateur { $earlier } : vérifiez dans Lucca si cette personne est toujours attendue.
}
follow-up-changed-after-creation = Une donnée de l’embauche a changé après la création du collaborateur ({ noun }) : mettez-la à jour dans Lucca.
follow-up-unexpected-user = { $user ->
    [none] Un appel de création que l’on croyait sans effet a créé un utilisateur : vérifiez dans Lucca si la personne existe en double ou ne devrait pas exister, et supprimez le doublon.
   *[other] Un appel de création que l’on croyait sans effet a créé l’utilisateur { $user } : vérifiez dans Lucca si la personne existe en double ou ne devrait pas exister, et supprimez le doublon.
}
follow-up-second-call = Un autre appel de création était en cours quand le collaborateur a été trouvé : vérifiez dans Lucca que la personne n’existe qu’une fois.

## Raisons : d’où vient une valeur, pourquoi quelqu’un est proposé

reason-given = Indiqué dans l’embauche.
reason-given-id = L’identifiant est indiqué dans l’embauche.
reason-set-by-operator = Défini par un opérateur.
reason-personal-email = Non précisé dans l’embauche ; l’adresse personnelle en tient lieu.
reason-professional-email = L’embauche n’indique ni login ni adresse personnelle ; l’adresse professionnelle en tient lieu.
reason-label = La table de correspondance le prévoit.
reason-same-code = Le code est le même.
reason-same-unit-name = Le nom est le même.
reason-list-entry = L’entrée de la liste est indiquée par son nom ou son identifiant.
reason-tenant-default = Valeur par défaut de l’entreprise.
reason-default-none-given = Non précisé dans l’embauche : valeur par défaut de l’entreprise.
reason-default-not-readable = Valeur transmise illisible : valeur par défaut de l’entreprise.
reason-default-not-matched = Nom ou code introuvable dans Lucca : valeur par défaut de l’entreprise.
reason-default-several = Plusieurs ont ce nom ou ce code dans Lucca : valeur par défaut de l’entreprise.
reason-left-to-lucca = Non transmis : une valeur par défaut est déclarée dans le dossier RH de Lucca.
reason-login-left-to-lucca = Non transmis : Lucca crée les logins, d’après les réglages.
reason-head-of-department = Non transmis : Lucca retient le responsable du département.
reason-manager-email = La personne active qui a cette adresse e-mail.
reason-manager-number = La personne active qui a ce matricule.
reason-only-with-name = La seule personne active de ce nom.
reason-only-in-department = La seule personne de ce nom dans le département.
reason-only-in-establishment = La seule personne de ce nom dans l’établissement.
reason-active-with-name = Une personne active de ce nom.
reason-has-left = Porte ce nom, mais a quitté l’entreprise.
reason-not-started = Porte ce nom, mais n’a pas encore pris son poste.
reason-similar-name = Porte un nom proche.
reason-not-in-use = Porte ce nom ou un nom proche, mais n’est plus utilisé.
reason-same-name = Porte le même nom.
reason-same-login = A le même login.
reason-same-email = A la même adresse e-mail.
reason-same-login-and-email = A le même login et la même adresse e-mail.
reason-same-name-start-and-address = A le même nom et la même date de début, et le même login ou une même adresse e-mail.
reason-same-login-only = A le même login, mais un autre nom ou une autre date de début.
reason-same-email-only = A la même adresse e-mail, mais un autre nom ou une autre date de début.
reason-same-name-and-start-only = A le même nom et la même date de début, mais un autre login et d’autres adresses.
reason-absent-manager = A quitté l’entreprise avant le premier jour du contrat, ou la clé API ne voit pas cette personne.
reason-not-shown = Lucca affichait cette personne et ne l’affiche plus : le dossier a été supprimé, ou la clé API ne le voit pas.
reason-unlinked = Un opérateur a indiqué que ce n’est pas la personne recrutée.
reason-earlier-hire = Créé par l’embauche antérieure de la même candidature.
reason-entry-with-name = L’entrée porte ce nom.
reason-entry = Une entrée de la liste.

## Causes des appels échoués, et ce qu’une embauche attend

cause-status = Lucca a répondu avec le statut { $status }
cause-no-connection = connexion impossible
cause-not-public = le nom d’hôte conduit à une adresse qui n’est pas publique
cause-not-allowed = les réglages du service n’autorisent pas cette adresse
cause-timeout = pas de réponse à temps
cause-connection-cut = connexion interrompue
cause-answer-too-large = réponse trop longue
cause-unreadable = réponse illisible
cause-no-user-id = un succès sans identifiant d’utilisateur
cause-too-late = il était trop tard pour l’envoyer
cause-stopped = le service s’est arrêté entre-temps
cause-unspecified = la cause n’a pas été enregistrée
trouble-call = L’appel de création a échoué : { $cause }.
trouble-read = Lucca n’a pas pu être lu : { $cause }.
trouble-slow-read = En attente : la lecture de Lucca prend du temps, ou les appels du compte sont épuisés.
trouble-no-budget = En attente : les appels à Lucca de ce compte sont épuisés pour le moment.
trouble-login-reserved = { $by ->
    [none] Bloquée par une autre embauche, qui crée une personne avec le même login.
   *[other] Bloquée par { $by }, qui crée une personne avec le même login.
}
trouble-service-stopped = Le service a été arrêté.
trouble-tenant-disabled = Le client est désactivé.
trouble-tenant-gone = Le client n’existe plus.
trouble-tenant-unreadable = Attend le client : ses paramètres enregistrés sont illisibles, un administrateur doit les rétablir (TENANT_UNREADABLE).

## Annulations

cancelled-source = L’embauche a été annulée dans l’outil de recrutement.
cancelled-operator = Un opérateur l’a annulée.
cancelled-erasure = Les données de la personne devaient être effacées.
cancelled-expiry = Personne n’a pris de décision avant la fin de sa durée de conservation.

## Champs erronés : ce qui ne va pas dans un champ de la requête, dont le chemin précède

fault-missing = doit être renseigné
fault-missing-or = doit être renseigné, ou à défaut { $other }
fault-missing-attempts = doit citer chaque tentative dont l’issue est inconnue : { $numbers }
fault-empty = ne doit pas être vide
fault-too-large = ne doit pas dépasser { $max } octets en JSON
fault-too-short = doit compter au moins { $min } caractères
fault-too-long = ne doit pas dépasser { $max } caractères
fault-too-many = ne doit pas compter plus de { $max } éléments
fault-out-of-range = doit être compris entre { $min } et { $max }
fault-not-zero-nor-in-range = doit valoir 0, ou être compris entre { $min } et { $max }
fault-wait-too-long = doit être compris entre 0 et { $max } s
fault-negative = ne doit pas être négatif
fault-not-positive = doit valoir au moins 1
fault-not-defined = doit être l’une des valeurs définies
fault-not-one-of = doit être l’une des valeurs suivantes : { $values }
fault-not-empty-nor-one-of = doit être vide ou être l’une des valeurs suivantes : { $values }
fault-not-unique = doit être unique dans sa liste
fault-control-character = ne doit pas contenir de caractères de contrôle
fault-lost-character = ne doit pas contenir de caractères qui en remplacent d’autres, perdus, tels que U+FFFD
fault-template = ne doit pas contenir de modèle resté vide, tel que {"{{"}nom{"}}"}
fault-spaces-or-control-characters = ne doit ni commencer ni finir par une espace, ni contenir de caractères de contrôle
fault-not-visible-ascii = doit compter au plus { $max } caractères, tous ASCII et visibles
fault-not-a-word = doit compter de 1 à { $max } caractères ASCII visibles, sans espace
fault-not-unreserved = ne doit contenir que des lettres, des chiffres et `-`, `.`, `_`, `~`
fault-not-a-tenant-id = doit compter de 1 à { $max } lettres minuscules, chiffres et traits d’union, et commencer par une lettre
fault-not-a-system = doit compter de 1 à { $max } lettres minuscules, chiffres et `-`, `_`, `.`
fault-not-an-external-id = doit compter de 1 à { $max } caractères imprimables
fault-not-a-uuid = doit être un UUID avec tirets
fault-several-addresses = doit contenir une seule adresse
fault-bad-character-in-address = ne doit contenir ni espace, ni parenthèse, crochet, accolade ou guillemet, ni `,`, `;`, `:`, `\`, ni caractère de contrôle
fault-not-an-address = doit être de la forme nom@domaine.tld
fault-not-a-date = doit être un jour du calendrier, sous la forme AAAA-MM-JJ
fault-year-out-of-range = doit être un jour des années { $min } à { $max }
fault-too-far-away = ne doit pas être à plus de { $years } ans d’aujourd’hui
fault-nobodys-id = doit être un identifiant, et non ce qui en remplace un (tel que 0, null ou un UUID de zéros)
fault-not-a-time = doit être compris entre les années 1 et 9999
fault-before-start = ne doit pas précéder contract_start_date
fault-not-before-start = doit précéder contract_start_date
fault-codes-alike = ne doit pas contenir deux codes qui ne diffèrent que par les majuscules
fault-not-a-country = doit être le code à deux lettres d’un pays (ISO 3166-1), par exemple FR
fault-other-kind = doit être une valeur d’un autre type
fault-not-a-data-code = doit commencer par e_, suivi de lettres, de chiffres, de `-` ou de `_`
fault-not-finite = ne doit contenir ni NaN ni nombre infini
fault-no-fields = doit citer au moins un champ
fault-not-a-field-of-hires = ne doit citer que des champs du collaborateur
fault-user-not-seen = doit être l’identifiant d’un utilisateur que la clé API du client voit dans Lucca
fault-not-a-web-address = doit être une adresse web comme https://exemple.ilucca.net
fault-user-in-address = ne doit contenir ni utilisateur ni mot de passe
fault-path-in-address = doit s’arrêter après l’hôte : ni chemin, ni requête, ni fragment
fault-not-ascii-address = doit être en simples lettres ASCII
fault-dot-after-host = ne doit pas avoir de point après l’hôte
fault-number-for-host = doit avoir un nom d’hôte, pas un nombre qui tient lieu d’adresse IP
fault-bad-port = doit avoir un port de 1 à 65535, ou aucun
fault-not-https = doit commencer par https://
fault-ip-address = doit avoir un nom d’hôte, pas une adresse IP
fault-port-in-address = ne doit pas indiquer de port
fault-punycode-in-address = ne doit pas contenir de nom internationalisé (xn--)
fault-not-lucca = doit être une adresse de Lucca, ou une adresse que les réglages du service autorisent
fault-not-a-callback-address = doit être une adresse https avec un nom d’hôte, sans utilisateur ni fragment
fault-not-a-time-zone = doit être un fuseau horaire IANA comme Europe/Paris
fault-key-cannot-be-removed = doit être renseigné : une clé ne peut pas être retirée
fault-not-a-field-of-tenants = doit être un champ modifiable du client
fault-not-a-label = doit compter de 1 à { $max } caractères, dont une lettre ou un chiffre
fault-label-of-two-ids = ne doit pas reprendre un autre libellé qui a un autre lucca_id
fault-no-secret = doit contenir au moins un secret
fault-no-stored-secret = doit être renseigné : aucun secret enregistré ici n’a cet identifiant
fault-not-a-webhook-secret = doit être composé de `whsec_` et de 24 à 64 octets en base64
fault-not-a-secret-id = doit compter au plus { $max } lettres, chiffres et `-`, `.`, `_`
fault-expires-too-late = doit précéder 9999-12-30T22:00:00Z, ou être omis : le secret n’expire alors jamais
fault-no-proof = doit dire comment un émetteur prouve son identité
fault-proofs-exclude-each-other = ne doit pas utiliser le même endroit de la requête qu’une autre entrée : les deux ne pourraient jamais passer
fault-not-a-header = doit être le nom d’un en-tête HTTP
fault-header-of-transport = doit être un en-tête que l’émetteur peut choisir librement
fault-not-a-field-of-events = doit être l’un des champs d’un événement : { $values }
fault-not-a-dotted-path = doit être une suite de noms séparés par des points
faults-more = et { $count } autres

## Erreurs des appels

error-request-id-reused = Ce request_id a déjà servi pour un autre contenu : utilisez-en un nouveau.
error-bad-page-token = page_token n’appartient pas à cette liste : recommencez sans lui.
error-tenant-not-found = Le client { $name } n’existe pas.
error-onboarding-not-found = L’onboarding { $name } n’existe pas.
error-tenant-exists = Un client porte déjà cet identifiant : utilisez UpdateTenant.
error-employee-exists = Le collaborateur existe déjà dans Lucca et ces champs diffèrent : { $fields }. Rien n’a été enregistré : modifiez-les dans Lucca, ou demandez note_differences.
error-conflict-revision = L’onboarding n’est pas à la révision attendue.
error-conflict-tenant = D’autres modifient ce client en même temps : réessayez.
error-tenant-disabled = Le client est désactivé : réactivez-le avec UpdateTenant.
error-open-attempts = Des appels de création dont l’issue est inconnue sont en cours de vérification : réessayez quand ils seront réglés.
error-open-onboardings = Des embauches du client ne sont pas terminées ({ $count }) : réglez-les, ou demandez cancel_open.
error-not-waiting = L’onboarding n’attend pas de décision : seul un onboarding en NEEDS_ATTENTION en attend une.
error-ended = Le collaborateur de cette embauche est dans Lucca : elle ne peut plus être annulée. Si la personne ne vient pas, retirez l’embauche : la tâche de suivi indique alors quoi faire du dossier. Si ce n’est pas la bonne personne, utilisez ResolveOnboarding, unlink.
error-nothing-to-link = link_existing ne répond qu’aux questions sur la personne recrutée : faites ce qu’indique problem.fix.
error-link-unconfirmed = { $why ->
    [both] Le collaborateur diffère de l’embauche : { $fields }. Une autre embauche a le même collaborateur. S’il s’agit bien de la personne recrutée, indiquez confirm_difference.
    [held] Une autre embauche a le même collaborateur. S’il s’agit bien de la personne recrutée, indiquez confirm_difference.
   *[differs] Le collaborateur diffère de l’embauche : { $fields }. S’il s’agit bien de la personne recrutée, indiquez confirm_difference.
}
error-not-linked = Il n’y a pas de rattachement à annuler : l’onboarding n’a pas de collaborateur, l’a créé lui-même, ou les données de la personne ont été effacées.
error-quarantined = L’enregistrement de cette embauche ou de ce client est illisible et mis en quarantaine : un opérateur le relance une fois réparé, ou l’efface (voir ListOnboardings, unreadable).
error-nothing-to-override = create_anyway ne passe outre qu’aux questions sur des personnes : faites ce qu’indique problem.fix, ou corrigez l’embauche.
error-login-taken = Une personne a déjà le login de cette embauche dans Lucca, voir problem.candidates. Si c’est la personne recrutée, utilisez link_existing ; sinon, changez le login, ou libérez-le dans Lucca et relancez.
error-login-reserved = Le login de cette embauche est réservé : réessayez quand il sera libre.
error-person-has-several-hires = Cette personne a plusieurs embauches : retirez celle dont il s’agit par son propre identifiant.
error-lucca-key-refused = Lucca refuse la clé API du client, ou il lui manque un droit : accordez ce droit dans Lucca, ou enregistrez une autre clé.
error-lucca-unavailable = Lucca ne répond pas, ou pas comme Lucca : réessayez ; si cela dure, vérifiez lucca_url.
error-lucca-not-allowed = Les réglages n’autorisent pas d’appels au lucca_url du client (lucca.allowed_hosts).
error-lucca-budget-exhausted = Les appels que Lucca accorde à ce compte sont épuisés pour le moment : réessayez.
error-account-changed = Le collaborateur est dans le Lucca vers lequel le client pointait auparavant : c’est là qu’il faut regarder.
error-unauthenticated = Envoyez un jeton valide avec `authorization: Bearer <jeton>`, ou connectez-vous avec un certificat connu.
error-permission-denied = Ce jeton ne permet pas cet appel, ou pas pour ce client.
error-overloaded = Trop d’appels en même temps : réessayez.
error-stream-too-old = Le flux a atteint sa durée maximale : relancez l’appel.
error-service-stopping = Le service s’arrête : relancez l’appel.
error-quota-used-up = Le client a atteint le nombre maximal d’embauches enregistrées ({ $max }) : server.max_onboardings_per_tenant en permet davantage.
error-request-too-large = Le message dépasse { $max } octets.
error-request-too-slow = Le message n’est pas arrivé à temps ; rien n’a été fait.
error-store-unavailable = Rien ne peut être enregistré ni lu pour le moment : réessayez.
error-deadline-exceeded = Le délai a expiré avant que la réponse soit prête ; ce qui a été enregistré le reste.
error-internal = Erreur interne.

## La ligne de commande

command-check-pass = ok
command-check-warn = à voir
command-check-fail = ERREUR
command-check-open = ?
command-check-ready = { $tenant } est prêt : rien de connu n’empêche une embauche complète.
command-check-not-known = On ne sait pas si { $tenant } est prêt : Lucca n’a pas pu être interrogé sur tout, ou n’a pas répondu ; relancez la vérification.
command-check-not-ready = { $tenant } n’est pas prêt : corrigez ce qui est marqué ERREUR.
command-check-counts = À corriger : { $fail } ; à voir : { $warn } ; pas encore connu : { $open }.
command-waiting-few = Il ne reste que { $left } appels à Lucca pour ce compte : au-delà, attente jusqu’à { $until } au plus tard ({ $longest } s).
command-waiting-none = Les appels à Lucca de ce compte sont épuisés pour le moment : attente jusqu’à { $until } au plus tard ({ $longest } s).
command-waiting-meanwhile = En attente de Lucca, ou des appels de ce compte : { $seconds } s sur { $longest } s au plus.
command-history-time = DATE
command-history-event = ÉVÉNEMENT
command-history-actor = PAR
command-history-detail = DÉTAIL
command-history-changed = MODIFIÉ
command-history-unproven = sans preuve
command-history-intact = L’historique est complet et tel qu’il a été écrit.
command-history-cut = Les dernières entrées ont été supprimées.
command-history-broken = Entrées modifiées : { $changed }. Elles ont été modifiées ou ajoutées, ou des entrées avant elles ont été supprimées.
command-history-broken-and-cut = Entrées modifiées : { $changed }. Elles ont été modifiées ou ajoutées, ou des entrées avant elles ont été supprimées. Les dernières entrées ont aussi été supprimées.
command-history-removed = Les entrées antérieures au { $before } ont été supprimées le { $time }, à la fin de leur durée de conservation.
command-history-older = Rien ne prouve les { $count } entrées écrites par la version 0.1.
command-keys-progress = { $sealed } enregistrements sur { $total }
command-keys-sealed = Enregistrements rechiffrés : { $count } ; clé utilisée désormais : { $key }.
command-keys-complete = Plus aucun enregistrement n’a besoin d’une ancienne clé : retirez les anciennes clés de store.encryption_keys, pour chaque processus.
command-keys-unreadable = Enregistrements impossibles à déchiffrer : { $count }. Remettez dans store.encryption_keys la clé avec laquelle ils ont été chiffrés, ou restaurez une sauvegarde.
command-keys-needed = Clés encore nécessaires : { $keys }. Si un autre processus chiffre encore avec une ancienne clé, donnez-lui d’abord la plus récente, puis relancez cette commande.
command-keys-keep = Ne retirez aucune clé.
command-keys-cut = le service s’est arrêté avant la fin de la rotation : relancez la même commande
command-tenant-created = { $tenant } : { $dry_run ->
    [yes] serait créé
   *[no] créé
}
command-tenant-updated = { $tenant } : { $dry_run ->
    [yes] serait modifié : { $fields }
   *[no] modifié : { $fields }
}
command-tenant-unchanged = { $tenant } : inchangé
command-tenants-none = { $file } ne contient aucun client
command-tenants-failed = { $failed } clients sur { $all } ne sont pas conformes à { $file }
command-no-service = aucun service gRPC ne répond à l’adresse { $endpoint } ({ $error }) : démarrez « onboarding serve » ou « onboarding dev », ou indiquez une autre adresse avec --endpoint
command-untrusted = { $endpoint } présente un certificat dont l’autorité de certification (CA) n’est pas connue ici : indiquez le fichier de cette autorité avec --ca-file FICHIER
command-other-name = le certificat présenté par { $endpoint } porte un autre nom : indiquez un nom qui y figure, avec --endpoint https://NOM:PORT
command-no-tls = le service à l’adresse { $endpoint } n’utilise pas TLS : essayez avec http://
command-bad-endpoint = { $endpoint } n’est pas l’adresse d’un service gRPC
command-bad-token = le jeton contient des caractères qui ne peuvent pas être transmis
command-tls-needed = le service utilise TLS : indiquez le nom qui figure dans son certificat, avec --endpoint https://NOM:PORT
command-hint-token = avec --token-file FICHIER, ou --cert-file FICHIER et --key-file FICHIER
command-hint-tls = le service contacté utilise peut-être TLS : --endpoint https://NOM:PORT, avec le nom qui figure dans son certificat, et --ca-file FICHIER

## Vérifications : ce qui a été constaté (CheckDefaults), et ce qu’il y a à faire

right = { $right ->
    [people] consulter tous les collaborateurs
    [departments] consulter ou gérer les départements
    [establishments] consulter ou gérer les établissements et les entités légales
    [roles] consulter les rôles
    [definitions] consulter le paramétrage du dossier RH
    [section] « Consulter le dossier du personnel », en sélectionnant la section concernée
    [future_and_former] voir les futurs collaborateurs et les anciens collaborateurs
   *[create] créer des collaborateurs
}
    .what = { $right ->
    [people] les collaborateurs
    [departments] les départements
    [establishments] les établissements
    [roles] les rôles
   *[definitions] les définitions des données personnalisées du dossier RH
}
    .without = { $right ->
    [roles] les identifiants de rôles sont envoyés sans avoir été vérifiés
   *[definitions] une donnée personnalisée inconnue de Lucca ne se remarque que lorsque Lucca refuse l’embauche
}
grant = Dans Lucca, ouvrez { $page }, choisissez le rôle qui porte le nom de la clé API (en bas de la page) et donnez-lui la permission de { right }.
unseen = { $unseen ->
    [future] ne voit pas de futurs collaborateurs
    [former] ne voit pas d’anciens collaborateurs
   *[both] ne voit ni les futurs collaborateurs ni les anciens
}
again-later = Relancez la vérification plus tard.
fix-above = Corrigez les points ci-dessus, puis relancez la vérification.
default-named = { $label ->
    [none] d’identifiant { $id }
   *[other] « { $label } » (identifiant { $id })
}
left-out = Une embauche sans { noun } reçoit la valeur par défaut du dossier RH de Lucca
set-in-lucca = Dans Lucca, ouvrez le paramétrage du dossier RH, rubrique « Valeurs par défaut », et vérifiez qu’il y en a une pour { noun.the }.
first-hire = La première embauche le confirmera.
try-again = Puis relancez les embauches en attente (RetryOnboardings).
culture-named = { $name ->
    [none] La culture par défaut est { $culture }
   *[other] La culture par défaut est { $culture } ({ $name })
}
compare-culture = Comparez le numéro (réglage defaults.culture_id) avec celui d’un collaborateur dans Lucca : 1036 désigne le français (France).
item-bare = { $text }
item-named = { $name ->
    [none] { $key }
   *[other] { $key } ({ $name })
}
item-legal-unit = { $name } ({ $places })
item-data-unknown = « { $data } » est inconnu
item-no-such-entry = « { $data } » attend un choix, par son numéro ou son nom : { $entries }
item-broken-label = { $unused ->
    [yes] « { $label } » ({ noun } { $id }, plus utilisé)
   *[no] « { $label } » ({ noun } { $id }, introuvable)
}
item-start-date-unreadable = date de début { $sent }{ unread-date }
item-field-unreadable = { noun } { $sent }{ $why ->
    [day_or_month] { unread-date }
    [spoilt] { " " }(des caractères ont été perdus)
    [placeholder] { " " }(une valeur de remplissage)
    [relay] { " " }(une adresse de l’outil de recrutement)
   *[form] { "" }
}
item-field-contradictory = { noun } { $sent } (valeurs différentes)
item-perhaps-meant = Peut-être : { $candidates }.
item-candidate = { $label } (identifiant { $id }{ $department ->
    [none] { "" }
   *[other] , { $department }
}{ $establishment ->
    [none] { "" }
   *[other] , { $establishment }
}{ $employee_number ->
    [none] { "" }
   *[other] , matricule { $employee_number }
}{ $day ->
    [none] { "" }
   *[other] { $presence ->
        [future] , à partir du { DATE($day) }
        [former] , jusqu’au { DATE($day) }
       *[other] , depuis le { DATE($day) }
    }
})
check-unknown = { $gap ->
    [calls] Inconnu : les appels à Lucca de ce compte étaient épuisés avant que Lucca ait pu être interrogé.
    [limit] Inconnu : la limite d’appels de Lucca est atteinte pour le moment.
    [time] Inconnu : les réponses de Lucca ont trop tardé.
    [silence] Inconnu, car Lucca n’a pas répondu.
   *[none] Inconnu, car Lucca n’a pas pu être lu.
}
    .fix = { $gap ->
    [calls] Relancez la vérification dans une minute ; si cela persiste, regardez combien d’embauches sont en cours, ou interrogez la personne qui exploite le service sur sa limite d’appels.
    [limit] Relancez la vérification dans une minute ; si cela persiste, regardez quelles autres intégrations appellent Lucca.
    [time] { again-later }
    [silence] { again-later }
   *[none] { fix-above }
}
check-url-refused = { $address } n’est pas une adresse Lucca à laquelle le service peut envoyer une clé API : rien n’y est envoyé. L’adresse { $fault }.
    .fix = Indiquez l’adresse https de votre Lucca (réglage lucca_url) ; si elle est exacte, demandez à la personne qui exploite le service de l’autoriser (réglage lucca.allowed_hosts).
check-url-fine = { $environment ->
    [test] L’adresse { $address } est bien formée : il s’agit d’une base de test.
    [demo] L’adresse { $address } est bien formée : il s’agit d’une base de démonstration.
   *[none] L’adresse { $address } est bien formée.
}
check-lucca-answers = Lucca répond à l’adresse { $address }.
check-url-not-allowed = Les réglages du service n’autorisent pas d’appeler { $address } : l’adresse { $fault }.
    .fix = Vérifiez l’adresse de votre Lucca (réglage lucca_url), ou demandez à la personne qui exploite le service de l’autoriser (réglage lucca.allowed_hosts).
check-lucca-silent = Lucca ne répond pas à l’adresse { $address } ({ $cause }).
    .fix = Vérifiez l’adresse de votre Lucca (réglage lucca_url) ; si elle est exacte, réessayez plus tard.
check-not-lucca = Ce qui répond à l’adresse { $address } n’est pas le Lucca attendu.
    .fix = Vérifiez l’adresse de votre Lucca (réglage lucca_url) : c’est celle que les collaborateurs ouvrent dans leur navigateur.
check-key-accepted = Lucca accepte la clé API.
check-key-refused = Lucca refuse la clé API.
    .fix = Dans Lucca, cliquez sur la petite fusée en haut à droite, puis sur « Intégrations », créez une nouvelle clé API pour le connecteur et enregistrez-la ici (réglage lucca_api_key).
check-may-read = La clé API lit { right.what }.
check-may-not-read = La clé API n’a pas le droit de lire { right.what } de Lucca.
    .fix = { grant }
check-may-not-read-but-can-do-without = La clé API n’a pas le droit de lire { right.what } : { right.without }.
    .fix = { grant }
check-not-listed = Ce Lucca ne fournit pas { right.what }, et n’y est pas tenu : { right.without }.
    .fix = Rien ; comparez les identifiants que vous avez réglés avec ceux de Lucca.
check-not-understood = La réponse de Lucca concernant { right.what } est incompréhensible.
    .fix = Signalez-le à la personne qui exploite le service : l’API de Lucca a peut-être changé.
check-not-answered = Lucca n’a pas répondu à la demande concernant { right.what }.
    .fix = { again-later }
check-sees-future-and-former = La clé API voit les futurs collaborateurs et les anciens collaborateurs.
check-unseen-but-there = La clé API { unseen }, alors qu’il y en a : une personne déjà présente dans Lucca pourrait passer pour nouvelle.
    .fix = { grant }
check-unseen = La clé API { unseen } : soit il n’y en a pas, soit elle n’en a pas le droit, et une personne déjà présente dans Lucca pourrait passer pour nouvelle.
    .fix = { grant } S’il n’y en a pas, la première création le confirmera.
check-may-create = La clé API peut créer des collaborateurs : elle l’a déjà fait (vérifié le { DATE($accepted) }).
check-may-not-create = Le { DATE($refused) }, Lucca a refusé une création, car la clé API n’a pas le droit de créer des collaborateurs.
    .fix = { grant } { try-again }
check-never-created = Aucun collaborateur n’a encore été créé avec la clé API actuelle : seule une création montre si elle en a le droit.
    .fix = { grant } { first-hire }
check-no-default = { $field ->
    [role] Il n’y a pas de rôle principal par défaut, et We Recruit n’en envoie pas : toutes les embauches resteraient en attente.
   *[other] Il n’y a pas { noun.of } par défaut : une embauche qui n’en précise pas, ou qui en précise un que Lucca ne connaît pas, restera en attente.
}
    .fix = { $field ->
    [role] Choisissez un rôle principal de Lucca par défaut (réglage defaults.role_id), ou définissez un rôle principal par défaut dans le dossier RH de Lucca et signalez-le (réglage lucca_defaults).
   *[other] Choisissez { noun.a } de Lucca par défaut (réglage defaults.{ $field }_id), ou surveillez les embauches en attente.
}
check-default-in-use = Par défaut, { noun.the } est { default-named }.
check-default-not-used = { noun.The } par défaut { default-named } n’est plus utilisé dans Lucca.
    .fix = Choisissez un autre { noun } (réglage defaults.{ $field }_id), ou réactivez celui-ci dans Lucca.
check-default-not-there = { noun.The } par défaut { default-named } n’existe pas dans Lucca, ou la clé API ne le voit pas.
    .fix = Choisissez { noun.a } qui existe dans Lucca (réglage defaults.{ $field }_id), ou donnez à la clé API le droit de le voir.
check-default-not-listed = Lucca n’indique pas s’il existe { noun.a } d’identifiant { $id }.
    .fix = Comparez l’identifiant (réglage defaults.{ $field }_id) avec { noun.the } dans Lucca.
check-lucca-default-untried = { left-out }, ce qu’aucune création n’a encore confirmé.
    .fix = { set-in-lucca } { first-hire }
check-lucca-default-verified = { left-out } (vérifié le { DATE($accepted) }).
check-lucca-default-doubted = { left-out } (vérifié le { DATE($accepted) }), mais le { DATE($refused) } Lucca a refusé une création qui ne la précisait pas, pour cette raison ou pour une autre.
    .fix = Lisez la réponse de Lucca dans l’embauche en attente. { set-in-lucca } { try-again }
check-lucca-default-refuted = Le { DATE($refused) }, Lucca a refusé une création qui ne précisait pas { noun.the } : le dossier RH n’a sans doute pas de valeur par défaut pour cette donnée (infirmé).
    .fix = { set-in-lucca } { try-again }
check-login-is-email = Une embauche sans login reçoit l’e-mail personnel comme login, à remplacer ensuite dans Lucca.
check-no-culture = Aucune culture n’est envoyée : Lucca choisit la langue du collaborateur.
check-culture-known = { culture-named }.
check-culture-verified = { culture-named } (vérifié le { DATE($accepted) }).
check-culture-refused = { culture-named }, mais le { DATE($refused) } Lucca a refusé une création qui la précisait, pour cette raison ou pour une autre.
    .fix = { compare-culture }
check-culture-not-known = { culture-named } ; on ne peut pas lire si Lucca la connaît.
    .fix = { compare-culture } { first-hire }
check-heads-fine = { $without ->
    [0] Les responsables des départements peuvent devenir managers.
   *[other] Les responsables des départements peuvent devenir managers. Départements pour lesquels Lucca n’indique pas de responsable : { $without }.
}
check-heads-unfit = { $left_count ->
    [0] { "" }
   *[other] Le responsable de ces départements a quitté l’entreprise : { $left }.{ " " }
}{ $hidden_count ->
    [0] { "" }
   *[other] Le responsable de ces départements n’est pas visible pour la clé API : { $hidden }.{ " " }
}Lucca peut y refuser une embauche sans manager.{ $headless_count ->
    [0] { "" }
   *[other] { " " }Lucca n’indique pas de responsable pour { $headless } : une embauche sans manager n’y en aura pas.
}
    .fix = { give-heads }
check-heads-missing = Lucca n’indique pas de responsable pour { $headless } : une embauche sans manager n’y en aura pas.
    .fix = { give-heads }
give-heads = Dans Lucca, donnez à ces départements un responsable en poste (organisation, départements), ou veillez à ce que les embauches précisent le nom du manager.
check-no-labels = La table de correspondance est vide : les noms sont comparés à ceux de Lucca.
check-labels-fine = Tout ce vers quoi mène la table de correspondance existe et est utilisé dans Lucca ({ $count }).
check-labels-broken = Ces lignes de la table de correspondance ne mènent à rien d’utilisé dans Lucca ; les embauches qui portent ces noms seront refusées : { $entries }.
    .fix = Donnez à ces lignes l’identifiant d’un élément utilisé dans Lucca, ou supprimez-les (réglage labels).
check-nothing-to-read-back = Aucune donnée personnalisée n’est à relire dans Lucca.
check-data-readable = La clé API lit ces données personnalisées : { $codes }.
check-data-not-there = Lucca n’a pas de donnée personnalisée avec ces codes : { $codes }.
    .fix = Corrigez les codes (réglage readable_extended_data) ; Lucca connaît : { $known }.
check-data-hidden = Ces données personnalisées existent, mais la clé API n’en voit aucune valeur chez les collaborateurs consultés : { $codes }. Soit personne n’en a, soit elle n’a pas le droit de consulter leur section du dossier RH.
    .fix = { grant }
check-sample-data-known = Lucca connaît les données personnalisées de l’exemple.
check-sample-data-refused = Lucca n’accepterait pas certaines données personnalisées de l’exemple : { $clauses }.
    .fix = Corrigez les codes (extended_data) ; Lucca connaît : { $known }.
check-dpae-data = Si l’embauche exige une DPAE, celle-ci demande des données que We Recruit n’envoie pas : sexe, date et lieu de naissance, numéro de sécurité sociale. Le connecteur ne peut pas lire si le dossier RH les demande au salarié.
    .fix = Dans Lucca, adaptez le dossier RH pour la DPAE et créez une configuration de DPAE qui couvre vos établissements ; faites compléter les données par le salarié dans le formulaire d’onboarding, et vérifiez la DPAE de chaque embauche dans les 8 jours qui précèdent la prise de poste.
check-legal-units = La DPAE se déclare par entité légale : { $clauses }.
check-no-legal-unit = On ne peut pas dire à quelle entité légale appartiennent ces établissements, donc qui déclare leurs embauches : { $establishments }.
    .fix = Dans Lucca, ouvrez les établissements de l’organisation et choisissez l’entité légale de chacun ; s’ils en ont une, donnez à la clé API le droit de lire les entités légales.
check-tenant-enabled = Les embauches sont prises en compte.
check-tenant-disabled = Ce client est désactivé : aucune embauche n’est prise en compte et personne n’est créé.
    .fix = Réactivez le client (réglage disabled).
check-time-zone = Les dates de début qui comportent une heure sont lues dans le fuseau { $zone }.
check-no-time-zone = « { $zone } » n’est pas un fuseau horaire : un collaborateur pourrait commencer le mauvais jour.
    .fix = Indiquez le fuseau horaire de l’entreprise, par exemple Europe/Paris ou Indian/Reunion (réglage time_zone).
check-no-webhook-secret = Aucun secret ne permet à We Recruit de prouver son identité : tous les webhooks sont refusés.
    .fix = Convenez d’un secret avec We Recruit et enregistrez-le (réglage webhook.auth), sauf si les embauches n’arrivent que par gRPC.
check-webhook-secret-expired = Un secret des webhooks a expiré sans être remplacé : tous les webhooks sont refusés.
    .fix = Convenez d’un nouveau secret avec We Recruit et enregistrez-le (réglage webhook.auth).
check-webhook-secrets-live = Les webhooks sont acceptés s’ils prouvent leur origine.
check-webhooks-arrive = Le dernier webhook a été accepté le { DATE($day) } à { $hour }.
check-webhooks-never-came = Aucun webhook n’est encore arrivé.
    .fix = Envoyez-en un depuis We Recruit. Si rien n’apparaît ici une minute plus tard, vérifiez l’adresse à laquelle We Recruit les envoie et que l’adaptateur fonctionne. Il n’y a rien à faire si les embauches n’arrivent que par gRPC.
check-webhooks-refused = Le dernier webhook, reçu le { DATE($day) } à { $hour }, a été refusé : { $refusal ->
    [signature] sa signature ou son jeton est incorrect
    [proof_missing] il ne porte ni signature ni jeton
    [timestamp] son horodatage s’écarte de plus de cinq minutes de l’heure du serveur
    [no_secret] aucun secret valide n’est enregistré
    [too_large] il est trop volumineux
    [encoded] son contenu est compressé ou encodé
    [not_json] son contenu n’est pas du JSON
    [incomplete] il n’est pas arrivé en entier
    [too_many] trop de webhooks sont arrivés en peu de temps
    [disabled] le client est désactivé
   *[unavailable] il n’a pas pu être enregistré à ce moment
}. { $accepted_day ->
    [none] Aucun n’a encore été accepté.
   *[other] Le dernier webhook accepté date du { DATE($accepted_day) } à { $accepted_hour }.
}
    .fix = { $refusal ->
    [signature] Comparez le secret saisi dans We Recruit avec celui qui est enregistré (réglage webhook.auth).
    [proof_missing] Vérifiez que We Recruit signe ses webhooks de la manière prévue (réglage webhook.auth).
    [timestamp] Mettez à l’heure l’horloge de l’émetteur ou celle de l’adaptateur.
    [no_secret] Convenez d’un secret avec We Recruit et enregistrez-le (réglage webhook.auth).
    [disabled] Réactivez le client s’il doit recevoir des embauches.
    [too_many] Rien si l’émetteur réessaie ; sinon, demandez à la personne qui exploite le service de relever la limite (réglage adapter.limits).
    [unavailable] Rien si l’émetteur réessaie ; sinon, contactez la personne qui exploite le service.
   *[other] Demandez à We Recruit d’envoyer du JSON brut, en entier et dans les limites de l’adaptateur.
} N’importe qui peut écrire à cette adresse : si les webhooks de We Recruit sont acceptés, il n’y a rien à faire.
check-calls-left = { $calls ->
    [one] Un appel à Lucca est possible actuellement.
   *[other] { $calls } appels à Lucca sont possibles actuellement.
}
check-no-calls-left = Il ne reste aucun appel à Lucca pour le moment : les embauches attendent leur tour.
    .fix = Rien si cela passe en quelques minutes ; sinon, interrogez la personne qui exploite le service sur sa limite d’appels.
check-records-readable = Toutes les embauches enregistrées sont lisibles.
check-records-unreadable = Des embauches enregistrées sont illisibles et mises en quarantaine ; elles n’avancent plus : { $entries }.
    .fix = Demandez à la personne qui exploite le service de les réparer et de les relancer, ou de les effacer.
check-tenant-unreadable = Le client enregistré est illisible ({ $part }) et mis en quarantaine. Embauches qui l’attendent : { $waiting }.
    .fix = Demandez à la personne qui exploite le service de rétablir le client, ou de le modifier (UpdateTenant) si une ancienne version en a été remise en place.
check-sample-incomplete = Il manque à l’exemple : { $fields }.
    .fix = Complétez l’exemple.
check-sample-data-wrong = Lucca refuserait l’exemple à cause de ses données personnalisées.
    .fix = Corrigez les données personnalisées de l’exemple, comme indiqué ci-dessus.
check-sample-not-tried = L’exemple n’a pas pu être essayé, car Lucca n’a pas pu être lu.
    .fix = { fix-above }
check-sample-ready = L’exemple serait créé comme le montre l’aperçu.
check-sample-exists = La personne de l’exemple est déjà dans Lucca (identifiant { $id }) : personne ne serait créé.
    .fix = Rien, s’il s’agit bien de cette personne.
