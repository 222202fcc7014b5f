"""Small returns in the statutory formats, of people who do not exist."""

from __future__ import annotations

CIN_HEADER = """<Header>
<CollectionDetails><Collection>CIN</Collection><Year>2025</Year><ReferenceDate>2025-03-31</ReferenceDate></CollectionDetails>
<Source><SourceLevel>L</SourceLevel><LEA>201</LEA><DateTime>2025-05-01T10:00:00</DateTime></Source>
</Header>"""

CHILD = """<Child>
<ChildIdentifiers><LAchildID>C1</LAchildID><UPN>B801200005001</UPN><FormerUPN>A801200005001</FormerUPN><PersonBirthDate>2015-03-27</PersonBirthDate><Sex>F</Sex></ChildIdentifiers>
<ChildCharacteristics><Ethnicity>WBRI</Ethnicity><Disabilities><Disability>HAND</Disability><Disability>hear</Disability></Disabilities></ChildCharacteristics>
<CINdetails>
<CINreferralDate>2024-10-06</CINreferralDate><ReferralSource>1A</ReferralSource><PrimaryNeedCode>N4</PrimaryNeedCode>
<Assessments><AssessmentActualStartDate>2024-10-08</AssessmentActualStartDate><FactorsIdentifiedAtAssessment><AssessmentFactors>1C</AssessmentFactors><AssessmentFactors>24A</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
<Section47><S47ActualStartDate>2024-10-09</S47ActualStartDate><ICPCnotRequired>false</ICPCnotRequired></Section47>
<ReferralNFA>0</ReferralNFA>
<ChildProtectionPlans><CPPstartDate>2024-11-01</CPPstartDate><InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse><NumberOfPreviousCPP>0</NumberOfPreviousCPP><Reviews><CPPreviewDate>2025-01-15</CPPreviewDate><CPPreviewDate>2025-03-01</CPPreviewDate></Reviews></ChildProtectionPlans>
</CINdetails>
<CINdetails><CINreferralDate>2025-01-06</CINreferralDate><ReferralSource>6</ReferralSource><ReferralNFA>1</ReferralNFA>
<CINPlanDates><CINPlanStartDate>2025-01-20</CINPlanStartDate></CINPlanDates></CINdetails>
</Child>"""

OTHER_CHILD = """<Child>
<ChildIdentifiers><LAchildID>C2</LAchildID><UPNunknown>UN1</UPNunknown><GenderCurrent>9</GenderCurrent></ChildIdentifiers>
<ChildCharacteristics><Ethnicity>REFU</Ethnicity></ChildCharacteristics>
<CINdetails><CINreferralDate>2024-12-01</CINreferralDate><ReferralNFA>true</ReferralNFA></CINdetails>
</Child>"""


def cin(*children: str, header: str = CIN_HEADER) -> str:
    """A CIN census of these children."""
    return (
        f"<Message>\n{header}\n<Children>\n" + "\n".join(children) + "\n</Children>\n</Message>\n"
    )


def ilr(*records: str, year: str = "2024-25", written: str = "2024-10-01T10:00:00") -> str:
    """An ILR of these Learner and LearnerDestinationandProgression elements."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Message xmlns="ESFA/ILR/{year}">
<Header><CollectionDetails><Collection>ILR</Collection><Year>2425</Year><FilePreparationDate>2024-09-30</FilePreparationDate></CollectionDetails>
<Source><ProtectiveMarking>OFFICIAL-SENSITIVE-Personal</ProtectiveMarking><UKPRN>10004321</UKPRN><DateTime>{written}</DateTime></Source></Header>
<LearningProvider><UKPRN>10004321</UKPRN></LearningProvider>
{"".join(records)}
</Message>
"""


LEARNER = """<Learner><LearnRefNumber>R1</LearnRefNumber><ULN>9276308686</ULN><FamilyName>Sméth</FamilyName><GivenNames>Ann</GivenNames><DateOfBirth>2007-07-09</DateOfBirth>
<Ethnicity>31</Ethnicity><Sex>M</Sex><LLDDHealthProb>1</LLDDHealthProb><NINumber>QQ123456C</NINumber><PlanLearnHours>540</PlanLearnHours>
<LLDDandHealthProblem><LLDDCat>15</LLDDCat><PrimaryLLDD>1</PrimaryLLDD></LLDDandHealthProblem>
<LearnerFAM><LearnFAMType>EHC</LearnFAMType><LearnFAMCode>1</LearnFAMCode></LearnerFAM>
<LearnerEmploymentStatus><EmpStat>10</EmpStat><DateEmpStatApp>2024-06-10</DateEmpStatApp><EmploymentStatusMonitoring><ESMType>BSI</ESMType><ESMCode>4</ESMCode></EmploymentStatusMonitoring></LearnerEmploymentStatus>
<LearnerHE><TTACCOM>1</TTACCOM><LearnerHEFinancialSupport><FINTYPE>1</FINTYPE><FINAMOUNT>500</FINAMOUNT></LearnerHEFinancialSupport></LearnerHE>
<LearningDelivery><LearnAimRef>60133533</LearnAimRef><AimType>4</AimType><AimSeqNumber>1</AimSeqNumber><LearnStartDate>2024-09-02</LearnStartDate><LearnPlanEndDate>2025-07-31</LearnPlanEndDate><FundModel>25</FundModel><CompStatus>1</CompStatus>
<LearningDeliveryFAM><LearnDelFAMType>SOF</LearnDelFAMType><LearnDelFAMCode>107</LearnDelFAMCode></LearningDeliveryFAM>
<LearningDeliveryFAM><LearnDelFAMType>ACT</LearnDelFAMType><LearnDelFAMCode>1</LearnDelFAMCode><LearnDelFAMDateFrom>2024-09-02</LearnDelFAMDateFrom></LearningDeliveryFAM></LearningDelivery>
</Learner>"""
UNNUMBERED_LEARNER = """<Learner><LearnRefNumber>R2</LearnRefNumber><ULN>9999999999</ULN><Ethnicity>98</Ethnicity><Sex>F</Sex></Learner>"""
PROGRESSION = """<LearnerDestinationandProgression><LearnRefNumber>R1</LearnRefNumber><ULN>9276308686</ULN><DPOutcome><OutType>EDU</OutType><OutCode>1</OutCode><OutStartDate>2025-09-01</OutStartDate><OutCollDate>2025-10-01</OutCollDate></DPOutcome></LearnerDestinationandProgression>"""

CHILDREN_903 = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
PUPILS = "pupilonrolltableid,NativeId,sourceid,pupilonrollorderseqcolumn,upn,uniquelearnernumber,dob,sex,enrolstatus,senprovision,missingaddress\n"
LEAVERS = "pupilnolongeronrolltableid,NativeId,sourceid,pupilnolongeronrollorderseqcolumn,upn,dob,sex,leavingdate\n"
NEEDS = "pupilonrolltableid,NativeId,senneedstableid,senneedsorderseqcolumn,sourceid,sentyperank,sentype\n"
SCHOOLS = "URN,LA (code),EstablishmentName,EstablishmentStatus (code),EstablishmentStatus (name),OpenDate,Ofsted\n"
