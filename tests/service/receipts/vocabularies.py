"""The terms of others that our documents may use, and where each of them was read.

Only what we write stands here: a term that is not in these lists is refused, and one that no
document uses any more is refused as well. Commits are of the repositories named. Where a line
tells a file, every term of it was found in that file.
"""

from types import MappingProxyType

from permissions.territories import COUNTRIES


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODULES = MappingProxyType(
    {
        # w3c/dpv, 2.2/dpv/modules/<name>.csv, commit 996cbd91b2cc3b25c25ae51d3aa837bbcdeb951a
        "consent_controls": "WithdrawConsent",
        "consent_status": "ConsentExpired ConsentGiven ConsentRevoked "
        "ConsentStatusInvalidForProcessing ConsentWithdrawn",
        "consent_types": "ExplicitlyExpressedConsent",
        "context": "UntilEventDuration UntilTimeDuration hasDuration",
        "entities_datasubject": "DataSubject hasDataSubject",
        "entities_legalrole": "DataController hasDataController hasRecipient",
        "jurisdiction": "hasJurisdiction hasLocation",
        "legal_basis": "hasLegalBasis isIndicatedAtTime isIndicatedBy",
        "notice": "ConsentNotice hasNotice",
        "personal_data": "PersonalData hasPersonalData",
        "process": "Process hasProcess",
        "processing": "Adapt Generate MakeAvailable Processing Use hasProcessing",
        "processing_context": "StorageDeletion StorageDuration StorageLocation hasStorageCondition",
        # the same, commit a2b6d20399f1739daa8dc5366c17af32b12f7857
        "consent": "hasConsentControl hasConsentStatus",
        # the same, commit 7625e78bb425a24457fb822fcf07cc2268f64894
        "entities": "LegalEntity hasAddress hasContact hasName",
        "purposes": "Advertising CustomerCare NonCommercialPurpose PoliticalCampaign Purpose "
        "RecruitmentAdvertising ScientificResearch SellProducts ServiceProvision hasPurpose",
        # the same, commit 4f7bd8aacf46363f8c88d6265766a67ea1ed1c90
        "organisational_measures": "ConsentReceipt ConsentRecord",
        # the same, commit 55c453aeccb6aa71ac83e5cec7cf0638d538ad55
        "TOM": "hasRecordOfActivity",
        # the same, commit 403193326caaf6ba677b964525f87de17387925e
        "rights": "DataSubjectRight hasRight isExercisedAt",
    }
)
DPV = words(" ".join(MODULES.values()))
# w3c/dpv, 2.2/pd/modules/extended.csv, commit 7625e78bb425a24457fb822fcf07cc2268f64894
PD = words("Biometric FacialPrint Name")
# w3c/dpv, code/vocab_csv/location.csv, commit 4f7bd8aacf46363f8c88d6265766a67ea1ed1c90: every
# country; 2.2/loc/modules/memberships.csv, commit 996cbd91b2cc3b25c25ae51d3aa837bbcdeb951a: EU
LOC = COUNTRIES | {"EU"}
# w3c/dpv, schema/dpv-27560.ttl, commit 23ee72bcf7551657749cce81f6d76ebe952b4fa8
PROFILES = words("receipt record")
# RDFLib/rdflib, rdflib/namespace/_ODRL2.py, commit 9071117a4a70b8d1dbf9436919ce1d671b2bdc86, which
# was generated from the published ODRL22.ttl; none is in its `#deprecatedTerms`, as listed by
# w3c/poe, vocab/ODRL22.ttl, commit 30fd9e6213ce1cf1cf05b75fe8a66084c73c628a
ODRL_PROPERTIES = words(
    """
    action assignee assigner constraint duty includedIn leftOperand operator permission profile
    refinement rightOperand source target
    """
)
ODRL_CLASSES = words("Action Agreement AssetCollection LeftOperand")
ODRL_ACTIONS = words(
    "attribute compensate derive distribute grantUse index inform obtainConsent use watermark"
)
ODRL_OPERANDS = words("count dateTime purpose spatial")
ODRL_OPERATORS = words("gteq isAnyOf isNoneOf lt lteq")
ODRL = ODRL_PROPERTIES | ODRL_CLASSES | ODRL_ACTIONS | ODRL_OPERANDS | ODRL_OPERATORS
# RDFLib/rdflib, rdflib/namespace/_DCTERMS.py, commit 17969dccdc6b182ef19c1a9e0b86a6585026aeab,
# which was generated from DCMI's dublin_core_terms.ttl
DCTERMS = words(
    """
    audience conformsTo created description format identifier issued language publisher requires
    """
)
# W3C recommendations: SKOS Reference, RDF Schema 1.1
SKOS = words("Concept broader definition")
RDF = words("type value")

TERMS = MappingProxyType(
    {
        "https://w3id.org/dpv#": DPV,
        "https://w3id.org/dpv/pd#": PD,
        "https://w3id.org/dpv/loc#": LOC,
        "https://w3id.org/dpv/schema/dpv-27560#": PROFILES,
        "http://www.w3.org/ns/odrl/2/": ODRL,
        "http://purl.org/dc/terms/": DCTERMS,
        "http://www.w3.org/2004/02/skos/core#": SKOS,
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#": RDF,
    }
)
"""What may be used of each namespace but ours."""
